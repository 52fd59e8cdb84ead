#include "infer/cutter/cutter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/cutter/resample.h"
#include "infer/pose_models.h"
#include "models/network.h"
#include "models/network_cache.h"
#include "models/networks/u2net/u2net.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

/// Below this the most salient pixel is not salient. rembg stretches the map of an empty scene to
/// full contrast instead.
constexpr float kLeastPeak = 0.3F;

constexpr int kIsNetSide = 1024;

struct Scale {
    std::array<double, 3> mean, deviation;  ///< of values that were divided by the largest one
};
constexpr Scale kU2NetScale{{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
constexpr Scale kIsNetScale{{0.5, 0.5, 0.5}, {1.0, 1.0, 1.0}};

/// 1 x H x W x 3 of a picture of that size, in float64 until the end.
std::vector<float> network_input(const cv::Mat& rgb, const Scale& scale) {
    constexpr double kLeast = 1e-6;
    double largest = 0;
    cv::minMaxLoc(rgb.reshape(1), nullptr, &largest);
    largest = std::max(largest, kLeast);
    std::vector<float> input;
    input.reserve(3 * rgb.total());
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
            for (std::size_t c = 0; c < 3; ++c) {
                input.push_back(static_cast<float>(
                    (rgb.at<cv::Vec3b>(y, x)[static_cast<int>(c)] / largest - scale.mean[c]) /
                    scale.deviation[c]));
            }
        }
    }
    return input;
}

std::shared_ptr<const Network> load_cutter(const std::filesystem::path& path) {
    NetworkOptions options;
    options.threads = 0;  // before anything else runs
    return shared_network(network_key(file_source(path) + " cutter", options), [&] {
        if (path.extension() == ".onnx") {
            options.outputs = {0};
            return load_onnx(path, options);
        }
        U2Net loaded = load_u2net(*read_checkpoint(path));
        if (loaded.architecture.classes != 1) {
            throw ModelError(fmt::format(
                "{} is {}, which tells clothes apart and not a thing from its ground: take u2net "
                "or u2netp",
                path.string(), to_string(loaded.architecture)));
        }
        return make_network(std::move(loaded.graph), options);
    });
}

constexpr std::array kCutters{
    CutterEntry{"isnet", "IS-Net at 1024x1024: the finest edges; seconds a photo"},
    CutterEntry{"u2net", "U-2-Net at 320x320"},
    CutterEntry{"u2netp", "a fortieth of u2net's size, less exact"},
};

}  // namespace

Cutter::Cutter(std::shared_ptr<const Network> network, std::string name)
    : network_(std::move(network)), name_(std::move(name)) {
    const auto& shape = network_->outputs().at(0).shape;
    std::int64_t numbers = 1;
    for (const std::int64_t extent : shape) {
        numbers *= extent;
    }
    if (numbers != network_->input_size().area()) {
        throw ModelError(
            fmt::format("{} gives no map of its picture, so it cannot cut a garment out: use a "
                        "U-2-Net or an IS-Net",
                        name_));
    }
}

int Cutter::side() const {
    const cv::Size size = network_->input_size();
    return std::max(size.width, size.height);
}

SalientMask Cutter::find(const cv::Mat& rgb) const {
    const cv::Size size = network_->input_size();
    const bool is_isnet = size.width == kIsNetSide && size.height == kIsNetSide;
    const cv::Mat small = resample(rgb, size, ResampleFilter::kLanczos);
    const std::vector<NetworkOutput> outputs =
        network_->compute(network_input(small, is_isnet ? kIsNetScale : kU2NetScale), 1);
    const std::vector<float>& values = outputs.at(0).numbers;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    SalientMask result{.mask = cv::Mat(size, CV_8U, cv::Scalar(0)), .peak = *most};
    if (!(*most > *least)) {
        return result;
    }
    const float range = *most - *least;
    const float from = *least;
    std::transform(values.begin(), values.end(), result.mask.begin<uchar>(), [&](float value) {
        // Cut off, not rounded.
        return static_cast<uchar>(std::clamp((value - from) / range, 0.0F, 1.0F) * 255);
    });
    return result;
}

cv::Mat Cutter::alpha(const cv::Mat& rgb) const {
    const SalientMask found = find(rgb);
    if (!(found.peak >= kLeastPeak)) {
        return cv::Mat::zeros(rgb.size(), CV_8U);
    }
    return resample(found.mask, rgb.size(), ResampleFilter::kLanczos);
}

std::span<const CutterEntry> cutters() {
    return kCutters;
}

std::unique_ptr<Cutter> make_cutter(std::string_view name_or_path) {
    const bool known = std::any_of(kCutters.begin(), kCutters.end(),
                                   [&](const auto& entry) { return entry.name == name_or_path; });
    const bool is_file = names_file(name_or_path) || name_or_path.ends_with(".onnx");
    if (!known && !is_file) {
        // A name of the user's own, maybe: the store's message lists what there is.
        ModelStore().model(name_or_path);
    }
    const std::filesystem::path path =
        is_file ? std::filesystem::path(name_or_path) : find_model(name_or_path);
    std::error_code unreadable;
    if (!std::filesystem::is_regular_file(path, unreadable)) {
        throw ModelError(fmt::format(
            "{} is no file; give the path of a U-2-Net or an IS-Net, or one of {}, {} and {}",
            name_or_path, kCutters[0].name, kCutters[1].name, kCutters[2].name));
    }
    return std::make_unique<Cutter>(load_cutter(path), std::string(name_or_path));
}

std::unique_ptr<Cutter> make_best_cutter() {
    const ModelStore store;
    for (const CutterEntry& entry : kCutters) {
        if (store.check(store.model(entry.name)).state == FileCheck::State::kReady) {
            return make_cutter(entry.name);
        }
    }
    return nullptr;
}

}  // namespace closet
