#include "infer/top_down/rtmpose.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/rtm/rtm_networks.h"

namespace closet {
namespace {

/// Keypoints below it are not relied on (the default of MMPose's demos and of rtmlib's tracker).
constexpr float kLeastKeypointScore = 0.3F;

constexpr std::size_t kXOutput = 0, kYOutput = 1;

/// The rows of the first `points` keypoints.
std::span<const float> first_rows(std::span<const float> logits, int pixels, std::size_t points,
                                  const char* axis) {
    const std::size_t bins = static_cast<std::size_t>(pixels) * kSimccBinsPerPixel;
    if (logits.size() < points * bins || logits.size() % bins != 0) {
        throw ModelError(
            fmt::format("the pose network gives {} values along {} instead of {} for each of {} "
                        "keypoints: the file holds another model",
                        logits.size(), axis, bins, points));
    }
    return logits.first(points * bins);
}

/// What the reference gives rejected points: bin -1.
constexpr float kRejected = -1.0F / kSimccBinsPerPixel;

/// The mean of the first 17 keypoints' logits along an axis of `pixels` and of what the mirror
/// image says of their other sides (MMPose's flip_vectors). `backwards`: along x.
std::vector<float> mean_with_mirrored(std::span<const float> logits,
                                      std::span<const float> mirrored, int pixels, bool backwards) {
    const std::size_t count = keypoint_count(Skeleton::kCoco17);
    const std::size_t bins = static_cast<std::size_t>(pixels) * kSimccBinsPerPixel;
    const char* const axis = backwards ? "x" : "y";
    logits = first_rows(logits, pixels, count, axis);
    mirrored = first_rows(mirrored, pixels, count, axis);
    std::vector<float> mean(count * bins);
    for (std::size_t i = 0; i < mean.size(); ++i) {
        const std::size_t bin = i % bins;
        const std::size_t other = backwards ? bins - 1 - bin : bin;
        mean[i] = 0.5F * (logits[i] + mirrored[other_side(i / bins) * bins + other]);
    }
    return mean;
}

struct Peak {
    float position = kRejected;  ///< pixels
    float value = 0;
    bool finite = false;  ///< all of the row
};

Peak peak_of(std::span<const float> bins) {
    if (!std::all_of(bins.begin(), bins.end(), [](float bin) { return std::isfinite(bin); })) {
        return {};
    }
    const auto highest = std::max_element(bins.begin(), bins.end());  // the first of equal ones
    return {.position = static_cast<float>(highest - bins.begin()) / kSimccBinsPerPixel,
            .value = *highest,
            .finite = true};
}

}  // namespace

PoseEstimate interpret_simcc(std::span<const float> simcc_x, std::span<const float> simcc_y,
                             const Region& region, cv::Size input) {
    const std::size_t count = keypoint_count(Skeleton::kCoco17);
    const auto x = first_rows(simcc_x, input.width, count, "x");
    const auto y = first_rows(simcc_y, input.height, count, "y");
    return estimate_of(decode_simcc(x, y, count), region, input, kLeastKeypointScore);
}

float RtmPose::least_presence() const {
    return kLeastKeypointScore;
}

PoseEstimate RtmPose::interpret(Outputs upright, Outputs mirrored, const Region& region) const {
    if (mirrored.empty()) {
        return interpret_simcc(upright[kXOutput], upright[kYOutput], region, input());
    }
    return interpret_simcc(
        mean_with_mirrored(upright[kXOutput], mirrored[kXOutput], input().width, true),
        mean_with_mirrored(upright[kYOutput], mirrored[kYOutput], input().height, false), region,
        input());
}

/// For the list of models. `entry.files`: first the checkpoint.
std::unique_ptr<PoseModel> make_rtmpose(const InferOptions& options, const PoseModelEntry& entry,
                                        WorkerPool& workers) {
    const NetworkOptions network = pose_network_options(options);
    const auto loaded = load_rtmpose_network(
        entry.files.at(0), {.network = network, .allow_partial = options.allow_partial});
    return std::make_unique<RtmPose>(make_runner({.network = loaded,
                                                  .normalization = imagenet_normalization(),
                                                  .device = network.device,
                                                  .streams = options.streams},
                                                 workers),
                                     loaded->input_size(),
                                     make_person_detector(options.detector, options, workers),
                                     options.flip_test);
}

std::vector<CropPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                    std::size_t points) {
    if (points == 0 || x.empty() || y.empty() || x.size() % points != 0 || y.size() % points != 0) {
        throw ModelError(
            fmt::format("the pose network gives {} and {} values for {} keypoints, which is no "
                        "whole number of bins: the file holds another model",
                        x.size(), y.size(), points));
    }
    const std::size_t columns = x.size() / points;
    const std::size_t rows = y.size() / points;
    std::vector<CropPoint> result;
    result.reserve(points);
    for (std::size_t i = 0; i < points; ++i) {
        const Peak across = peak_of(x.subspan(i * columns, columns));
        const Peak down = peak_of(y.subspan(i * rows, rows));
        CropPoint point{.x = kRejected, .y = kRejected, .score = 0.0F};
        if (across.finite && down.finite) {
            point.score = std::min(across.value, down.value);
        }
        if (point.accepted()) {
            point.x = across.position;
            point.y = down.position;
        }
        result.push_back(point);
    }
    return result;
}

}  // namespace closet
