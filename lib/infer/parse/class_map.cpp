// Networks that tell one of several classes for each pixel: the cloth variant of U-2-Net, and
// Graphonomy. Their classes are joined to labels.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/parse/planes.h"
#include "infer/pose_models.h"
#include "infer/run/network_runner.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/u2net/u2net.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

/// A label and the classes that it stands for.
struct ClassGroup {
    Label label;
    std::vector<std::size_t> classes;
};

/// How a network wants to see people, and what its classes mean.
struct ClassMeaning {
    std::size_t classes = 0;
    std::vector<ClassGroup> groups;
    bool is_bgr = false;
    bool keeps_proportions = false;  ///< sees a square around the region, else the region stretched
};

/// U2NetArchitecture::classes: ground, upper, lower, full body.
const ClassMeaning& cloth_meaning() {
    static const ClassMeaning meaning{.classes = 4,
                                      .groups = {{Label::kClothes, {1, 2, 3}},
                                                 {Label::kUpperClothes, {1}},
                                                 {Label::kLowerClothes, {2}},
                                                 {Label::kDress, {3}}}};
    return meaning;
}

/// kGraphonomyClasses. Its arms and legs are bare ones, so they are skin and no parts of the body.
const ClassMeaning& graphonomy_meaning() {
    static const ClassMeaning meaning{
        .classes = kGraphonomyClasses.size(),
        .groups = {{Label::kPerson,
                    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}},
                   {Label::kFace, {4, 13}},
                   {Label::kSkin, {10, 13, 14, 15, 16, 17}},
                   {Label::kClothes, {5, 6, 7, 8, 9, 11, 12}},
                   {Label::kHair, {2}},
                   {Label::kUpperClothes, {5, 7}},
                   {Label::kLowerClothes, {9, 12}},
                   {Label::kDress, {6}}},
        .is_bgr = true,
        .keeps_proportions = true};
    return meaning;
}

/// The square around a region, which may reach beyond the picture.
cv::Rect square_around(const cv::Rect& region) {
    const int side = std::max(region.width, region.height);
    return {region.x - (side - region.width) / 2, region.y - (side - region.height) / 2, side,
            side};
}

/// As show_region, of a region that may reach beyond the picture; black there.
void show_padded(const cv::Mat& picture, const cv::Rect& region, cv::Mat& target) {
    const cv::Rect inside = region & cv::Rect({}, picture.size());
    cv::Mat padded(region.size(), CV_8UC3, cv::Scalar(0, 0, 0));
    picture(inside).copyTo(padded(inside - region.tl()));
    show_region(padded, cv::Rect({}, padded.size()), target);
}

class ClassMapParser final : public PersonParser {
  public:
    ClassMapParser(std::string name, std::unique_ptr<NetworkRunner> network, cv::Size input,
                   const ClassMeaning& meaning)
        : name_(std::move(name)), network_(std::move(network)), input_(input), meaning_(meaning) {}

    std::string name() const override { return name_; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override;

  private:
    cv::Rect seen(const cv::Rect& region) const {
        return meaning_.keeps_proportions ? square_around(region) : region;
    }
    PersonLabels read(std::span<const float> logits, const cv::Rect& region) const;

    std::string name_;
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    const ClassMeaning& meaning_;
};

std::vector<PersonLabels> ClassMapParser::look(std::span<const ParseInput> inputs) {
    std::vector<PersonLabels> labels(inputs.size());
    network_->run(
        inputs.size(),
        [&](std::size_t i, cv::Mat& picture) {
            show_padded(*inputs[i].picture, seen(inputs[i].region), picture);
            if (meaning_.is_bgr) {
                cv::cvtColor(picture, picture, cv::COLOR_RGB2BGR);
            }
        },
        [&](std::size_t i, Outputs outputs) { labels[i] = read(outputs[0], inputs[i].region); });
    return labels;
}

/// Softmax over the classes, then the sum of each group.
PersonLabels ClassMapParser::read(std::span<const float> logits, const cv::Rect& region) const {
    const std::size_t classes = meaning_.classes;
    const auto pixels = static_cast<std::size_t>(input_.area());
    if (logits.size() != pixels * classes) {
        throw ModelError(fmt::format("the parser {} gives {} values instead of {}x{}x{}", name_,
                                     logits.size(), input_.height, input_.width, classes));
    }
    std::vector<cv::Mat> sums;
    for (std::size_t g = 0; g < meaning_.groups.size(); ++g) {
        sums.emplace_back(input_, CV_32FC1);
    }
    std::vector<float> share(classes);
    for (std::size_t i = 0; i < pixels; ++i) {
        const auto here = logits.subspan(i * classes, classes);
        const float highest = *std::max_element(here.begin(), here.end());
        float all = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            share[c] = std::exp(here[c] - highest);
            all += share[c];
        }
        for (std::size_t g = 0; g < sums.size(); ++g) {
            float sum = 0;
            for (const std::size_t c : meaning_.groups[g].classes) {
                sum += share[c];
            }
            sums[g].ptr<float>()[i] = sum / all;
        }
    }
    PersonLabels labels;
    labels.labels_from_shown = labels_from_picture(region);
    const MapPlace place{.region = seen(region), .input = input_};
    for (std::size_t g = 0; g < sums.size(); ++g) {
        labels.of(meaning_.groups[g].label) = plane_of(sums[g], place, region);
    }
    return labels;
}

template <class Load>
std::unique_ptr<PersonParser> make_class_map(std::string_view name,
                                             const std::filesystem::path& file,
                                             const ClassMeaning& meaning,
                                             const InferOptions& options, WorkerPool& workers,
                                             Load load) {
    const NetworkOptions on_device = network_options(options);
    const std::string source = file_source(file) + (options.allow_partial ? " partial" : "");
    const auto network = shared_network(network_key(source, on_device), [&] {
        auto loaded =
            load(*read_checkpoint(file), LoadOptions{.allow_partial = options.allow_partial});
        warn_of_start_values(loaded.keys, file.string(), to_string(loaded.architecture));
        return make_network(std::move(loaded.graph), on_device);
    });
    const auto& outputs = network->outputs();
    if (outputs.empty() || outputs[0].shape.back() != static_cast<std::int64_t>(meaning.classes)) {
        throw ModelError(fmt::format("{} does not tell {} classes: it is no parser", file.string(),
                                     meaning.classes));
    }
    // 0..255 becomes -1..1.
    return std::make_unique<ClassMapParser>(
        std::string(name),
        make_runner({.network = network,
                     .normalization = uniform_normalization(1.0F / 127.5F, -1.0F),
                     .device = on_device.device,
                     .streams = options.streams},
                    workers),
        network->input_size(), meaning);
}

}  // namespace

/// For the list of parsers.
std::unique_ptr<PersonParser> make_u2net_cloth(std::string_view name_or_path,
                                               const InferOptions& options, WorkerPool& workers) {
    return make_class_map(
        name_or_path,
        file_by_hand(name_or_path, "cloth_segm_u2net_latest.pth (levindabhi/cloth-segmentation)"),
        cloth_meaning(), options, workers, load_u2net);
}

/// For the list of parsers. One scale, without the mirrored picture: the cheap mode.
std::unique_ptr<PersonParser> make_graphonomy(std::string_view name_or_path,
                                              const InferOptions& options, WorkerPool& workers) {
    return make_class_map(name_or_path,
                          file_by_hand(name_or_path, "inference.pth (Gaoyiminggithub/Graphonomy)"),
                          graphonomy_meaning(), options, workers, load_graphonomy);
}

}  // namespace closet
