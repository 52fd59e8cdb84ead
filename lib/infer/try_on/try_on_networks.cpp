#include "infer/try_on/try_on_networks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/log.h"
#include "infer/cutter/resample.h"
#include "infer/run/network_runner.h"
#include "infer/try_on/cp_vton_input.h"
#include "infer/try_on/picture_tensors.h"
#include "infer/try_on/thin_plate.h"
#include "infer/try_on/viton_hd_input.h"
#include "models/aten/torch_types.h"
#include "models/functional/try_on.h"
#include "models/network_cache.h"
#include "models/networks/load_as.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

constexpr std::string_view kGmm = "gmm", kCpVton = "cp-vton", kVitonHd = "viton-hd";

/// A network's weights and sizes.
template <class Architecture>
struct TryOnNet {
    Architecture architecture;
    Tensors weights;
};

/// A file that a warp needs.
struct TryOnFile {
    std::string_view warp;
    const char* stem;   ///< of the name that its authors give it
    const char* model;  ///< its name in the store
};
constexpr std::array kFiles{TryOnFile{kGmm, "gmm_final", "cp-vton-gmm"},
                            TryOnFile{kCpVton, "gmm_final", "cp-vton-gmm"},
                            TryOnFile{kCpVton, "tom_final", "cp-vton-tom"},
                            TryOnFile{kVitonHd, "seg_final", "viton-hd-seg"},
                            TryOnFile{kVitonHd, "gmm_final", "viton-hd-gmm"},
                            TryOnFile{kVitonHd, "alias_final", "viton-hd-alias"}};

/// `<folder>/<stem>` with either ending, or nothing.
std::optional<std::filesystem::path> find_in(const std::filesystem::path& folder,
                                             const char* stem) {
    for (const char* const ending : {".pth", ".safetensors"}) {
        std::filesystem::path path = folder / (std::string(stem) + ending);
        std::error_code unreadable;
        if (std::filesystem::is_regular_file(path, unreadable)) {
            return path;
        }
    }
    return std::nullopt;
}

using TryOnFiles = std::map<std::string_view, std::filesystem::path>;

/// The files of a warp by their stems, see make_try_on. Throws ModelError that names all that are
/// missing and the one command for them.
TryOnFiles files_of(std::string_view warp, const std::filesystem::path& folder) {
    const ModelStore store;
    TryOnFiles files;
    std::vector<std::string> missing;
    for (const TryOnFile& file : kFiles) {
        if (file.warp != warp) {
            continue;
        }
        auto path = find_in(
            !folder.empty() ? folder : store.folder() / (warp == kVitonHd ? kVitonHd : kCpVton),
            file.stem);
        if (!path && folder.empty() &&
            store.check(store.model(file.model)).state != FileCheck::State::kAbsent) {
            path = store.find(file.model);
        }
        if (path) {
            files.emplace(file.stem, *std::move(path));
        } else {
            missing.push_back(std::string(file.stem) + ".pth");
        }
    }
    if (!missing.empty()) {
        throw ModelError(fmt::format(
            "the warp {} needs {}, missing from {}: `closet models fetch {}` brings all that it "
            "needs or tells where it is, {} names a folder that has such files",
            warp, fmt::join(missing, " and "),
            folder.empty() ? "the models folder " + store.folder().string() : folder.string(), warp,
            flags::kTryOnModels));
    }
    return files;
}

template <class Architecture>
using SharedNet = std::shared_ptr<const TryOnNet<Architecture>>;

template <class Architecture>
SharedNet<Architecture> load_try_on(const std::filesystem::path& path, const char* family,
                                    const InferOptions& options,
                                    std::optional<Architecture> (*recognize)(const StateDict&)) {
    const Device device = network_options(options).device;
    const std::string settings = device.str() + (options.allow_partial ? " partial" : "");
    return shared_loaded<TryOnNet<Architecture>>(path, settings, [&] {
        const auto checkpoint = read_checkpoint(path);
        Architecture architecture = recognize_as(*checkpoint, family, recognize);
        const RecognizedNetwork network = describe(architecture);
        LoadedWeights loaded = load_weights(network, StateDict(checkpoint->tensors()),
                                            path.string(), options.allow_partial);
        warn_of_start_values(loaded.keys, path.string(), network.text);
        return TryOnNet<Architecture>{architecture, Tensors(std::move(loaded), torch_device(device),
                                                            at::kFloat, Convolutions::kOwn)};
    });
}

SharedNet<GeometricMatching> load_matching(const std::filesystem::path& path, std::string_view warp,
                                           const InferOptions& options) {
    auto net =
        load_try_on(path, "geometric matching network", options, recognize_geometric_matching);
    if (net->architecture.is_viton_hd() != (warp == kVitonHd)) {
        throw ModelError(
            fmt::format("{} is the geometric matching of {}, which the warp {} cannot "
                        "use: give it the file of {}",
                        path.string(), net->architecture.is_viton_hd() ? "VITON-HD" : "CP-VTON",
                        warp, warp == kVitonHd ? "VITON-HD" : "CP-VTON"));
    }
    return net;
}

std::vector<float> offsets_of(const at::Tensor& theta) {
    const at::Tensor numbers = theta.to(at::kCPU, at::kFloat).contiguous();
    const float* const begin = numbers.data_ptr<float>();
    return {begin, begin + numbers.numel()};
}

/// A person and a garment at the size that CP-VTON's networks see.
struct SmallInput {
    std::vector<cv::Mat> person;  ///< see cp_vton_person
    cv::Mat labels;
    cv::Mat garment;
};

SmallInput small_input(const TryOnPerson& person, const TryOnGarment& garment) {
    const cv::Size size(TryOnModule::kWidth, TryOnModule::kHeight);
    const double scale = static_cast<double>(size.width) / kTryOnWidth;
    Body25 points = person.points;
    for (cv::Point3d& point : points) {
        point.x *= scale;
        point.y *= scale;
    }
    SmallInput result;
    cv::resize(person.labels, result.labels, size, 0, 0, cv::INTER_NEAREST);
    result.person = cp_vton_person(resample(person.rgb, size, ResampleFilter::kBilinear),
                                   result.labels, points);
    result.garment = resample(garment.rgb, size, ResampleFilter::kBilinear);
    return result;
}

/// Geometric matching alone: the garment's own pixels, bent.
class GmmTryOn final : public TryOn {
  public:
    GmmTryOn(const TryOnFiles& files, const InferOptions& options)
        : matching_(load_matching(files.at("gmm_final"), kGmm, options)) {}

    std::string_view name() const override { return kGmm; }
    bool renders() const override { return false; }

    cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) override {
        const c10::InferenceMode inference;
        const SmallInput small = small_input(person, garment);
        const c10::Device device = matching_->weights.device();
        const at::Tensor theta = match_geometry(matching_->weights, matching_->architecture,
                                                planes_tensor(small.person).to(device),
                                                picture_tensor(small.garment).to(device));
        const at::Tensor grid = grid_tensor(plate_.grid(offsets_of(theta), garment.rgb.size()));
        return rgba_of(warped(picture_tensor(garment.rgb), grid, GridBorder::kEdge, true),
                       warped(mask_tensor(garment.mask), grid, GridBorder::kZero, true));
    }

  private:
    SharedNet<GeometricMatching> matching_;
    ThinPlate plate_{1.0};
};

/// Whether CP-VTON's picture may be painted where a label is: the clothes that go and the skin
/// beside them.
bool is_repainted(std::uint8_t label) {
    using namespace parse_label;
    return label == kUpper || label == kDress || label == kCoat || label == kTorsoSkin ||
           label == kLeftArm || label == kRightArm;
}

bool is_head_label(std::uint8_t label) {
    using namespace parse_label;
    return label == kHat || label == kHair || label == kGlasses || label == kFace;
}

/// Geometric matching and the try-on module.
class CpVtonTryOn final : public TryOn {
  public:
    CpVtonTryOn(const TryOnFiles& files, const InferOptions& options)
        : matching_(load_matching(files.at("gmm_final"), kCpVton, options)),
          module_(load_try_on(files.at("tom_final"), "try-on module of CP-VTON", options,
                              recognize_try_on_module)) {}

    std::string_view name() const override { return kCpVton; }
    bool renders() const override { return true; }

    cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) override {
        const c10::InferenceMode inference;
        const SmallInput small = small_input(person, garment);
        const c10::Device device = matching_->weights.device();
        const at::Tensor seen = planes_tensor(small.person).to(device);
        const at::Tensor cloth = picture_tensor(small.garment).to(device);
        const at::Tensor theta =
            match_geometry(matching_->weights, matching_->architecture, seen, cloth);
        const at::Tensor grid =
            grid_tensor(plate_.grid(offsets_of(theta), small.garment.size())).to(device);
        cv::Mat mask;
        cv::resize(garment.mask, mask, small.garment.size(), 0, 0, cv::INTER_AREA);
        // The second network was trained with pictures of the first one's result.
        const at::Tensor laid = as_bytes(warped(cloth, grid, GridBorder::kEdge, true));
        const at::Tensor laid_mask =
            warped(mask_tensor(mask).to(device), grid, GridBorder::kZero, true);
        const TriedOn tried = try_on(module_->weights, seen, laid);
        const at::Tensor picture = laid * tried.mask + tried.rendered * (1 - tried.mask);
        const cv::Mat garment_share = byte_plane(laid_mask * tried.mask);
        cv::Mat alpha(small.labels.size(), CV_8UC1);
        for (int y = 0; y < alpha.rows; ++y) {
            for (int x = 0; x < alpha.cols; ++x) {
                const std::uint8_t label = small.labels.at<std::uint8_t>(y, x);
                alpha.at<std::uint8_t>(y, x) = is_head_label(label) ? std::uint8_t{0}
                                               : is_repainted(label)
                                                   ? std::uint8_t{255}
                                                   : garment_share.at<std::uint8_t>(y, x);
            }
        }
        return with_alpha(picture, alpha);
    }

  private:
    SharedNet<GeometricMatching> matching_;
    SharedNet<TryOnModule> module_;
    ThinPlate plate_{1.0};
};

/// Segmentation, geometric matching and the ALIAS generator.
class VitonHdTryOn final : public TryOn {
  public:
    VitonHdTryOn(const TryOnFiles& files, const InferOptions& options)
        : seg_(load_try_on(files.at("seg_final"), "segmentation of VITON-HD", options,
                           recognize_seg_generator)),
          matching_(load_matching(files.at("gmm_final"), kVitonHd, options)),
          alias_(load_try_on(files.at("alias_final"), "ALIAS generator", options,
                             recognize_alias_generator)) {
        log::warning(
            "VITON-HD's weights and what they paint are for non-commercial use only (CC BY-NC "
            "4.0)");
    }

    std::string_view name() const override { return kVitonHd; }
    bool renders() const override { return true; }

    cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) override {
        const c10::InferenceMode inference;
        const c10::Device device = seg_->weights.device();
        const cv::Mat labels = agnostic_labels(person.labels, person.points);
        const cv::Mat area = agnostic_area(person.labels, person.points);
        cv::Mat agnostic = person.rgb.clone();
        agnostic.setTo(cv::Scalar::all(128), area);
        const at::Tensor photo = picture_tensor(agnostic).to(device);
        const at::Tensor pose = picture_tensor(skeleton_picture(person.points)).to(device);
        const at::Tensor cloth = picture_tensor(garment.rgb).to(device);
        const at::Tensor mask = mask_tensor(garment.mask).to(device);

        const at::Tensor segment_map = segments(labels, cloth, mask, pose);
        const at::Tensor segments = at::one_hot(segment_map, AliasGenerator::kSegments)
                                        .permute({0, 3, 1, 2})
                                        .to(at::kFloat);
        const at::Tensor wanted = segments.slice(1, kGarmentSegment, kGarmentSegment + 1);
        const at::Tensor theta = match_geometry(
            matching_->weights, matching_->architecture,
            at::cat({small_nearest(wanted), small_nearest(pose), small_nearest(photo)}, 1),
            small_nearest(cloth));
        const at::Tensor grid =
            grid_tensor(plate_.grid(offsets_of(theta), {kTryOnWidth, kTryOnHeight})).to(device);
        const at::Tensor laid = warped(cloth, grid, GridBorder::kEdge, false);
        const at::Tensor laid_mask = warped(mask, grid, GridBorder::kEdge, false);
        const at::Tensor misaligned = (wanted - laid_mask).clamp_min(0);
        const at::Tensor picture =
            generate_alias(alias_->weights, alias_->architecture,
                           {at::cat({photo, pose, laid}, 1), segments, misaligned}, noise(device));
        // Ground that stays ground is not painted.
        const at::Tensor person_then = (segment_map != kGroundSegment).select(0, 0).to(at::kCPU);
        cv::Mat alpha = byte_plane(person_then.to(at::kFloat)) | (person.labels != 0);
        return with_alpha(picture, alpha & area);
    }

  private:
    static constexpr int kBlurPx = 15;
    static constexpr double kBlurSigmaPx = 3;
    static constexpr std::uint64_t kSeed = 0x5eed;  // of all noise: the same on every frame

    static at::Tensor small_bilinear(const at::Tensor& x) {
        return at::upsample_bilinear2d(x, {SegGenerator::kHeight, SegGenerator::kWidth}, false);
    }
    static at::Tensor small_nearest(const at::Tensor& x) {
        return at::upsample_nearest2d(x, {GeometricMatching::kHeight, GeometricMatching::kWidth});
    }

    /// The segment of each pixel once the garment is worn, 1 x H x W, kLong.
    at::Tensor segments(const cv::Mat& labels, const at::Tensor& cloth, const at::Tensor& mask,
                        const at::Tensor& pose) const {
        const at::Tensor classes = map_tensor(through(kClassOfLabel, labels)).to(pose.device());
        const at::Tensor planes =
            at::one_hot(classes, SegGenerator::kClasses).permute({0, 3, 1, 2}).to(at::kFloat);
        // Normal noise of deviation 255 in bytes: 1 with probability 0.159, else 0.
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
        const at::Tensor noise = (at::randn({1, 1, SegGenerator::kHeight, SegGenerator::kWidth},
                                            generator, at::TensorOptions(at::kFloat)) >= 1)
                                     .to(at::kFloat)
                                     .to(pose.device());
        const at::Tensor input = at::cat({small_bilinear(mask), small_bilinear(cloth * mask),
                                          small_bilinear(planes), small_bilinear(pose), noise},
                                         1);
        const at::Tensor large =
            at::upsample_bilinear2d(segment_try_on(seg_->weights, input),
                                    {kTryOnHeight, kTryOnWidth}, /*align_corners=*/false);
        const at::Tensor then = blurred(large, kBlurPx, kBlurSigmaPx).argmax(1);
        at::Tensor table = at::empty({SegGenerator::kClasses}, at::kLong);
        for (std::size_t i = 0; i < kSegmentOfClass.size(); ++i) {
            table[static_cast<std::int64_t>(i)] = std::int64_t{kSegmentOfClass.at(i)};
        }
        return table.to(pose.device()).index({then});
    }

    static AliasNoise noise(c10::Device device) {
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(kSeed);
        return [generator, device](const std::string&, at::IntArrayRef shape) {
            return at::randn(shape, generator, at::TensorOptions(at::kFloat)).to(device);
        };
    }

    SharedNet<SegGenerator> seg_;
    SharedNet<GeometricMatching> matching_;
    SharedNet<AliasGenerator> alias_;
    ThinPlate plate_{0.9};
};

}  // namespace

/// For make_try_on.
std::shared_ptr<TryOn> load_try_on_networks(std::string_view warp,
                                            const std::filesystem::path& folder,
                                            const InferOptions& options) {
    const TryOnFiles files = files_of(warp, folder);
    if (warp == kGmm) {
        return std::make_shared<GmmTryOn>(files, options);
    }
    if (warp == kCpVton) {
        return std::make_shared<CpVtonTryOn>(files, options);
    }
    return std::make_shared<VitonHdTryOn>(files, options);
}

}  // namespace closet
