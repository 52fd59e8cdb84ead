#include "infer/rtm/rtmpose.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/rtm/rtm_networks.h"

namespace closet {
namespace {

/// Keypoints below it are not relied on (the default of MMPose's demos and of rtmlib's tracker).
constexpr float kLeastKeypointScore = 0.3F;

constexpr std::size_t kXOutput = 0, kYOutput = 1;

/// Where to look for the person in the next picture: around the keypoints relied on, as rtmlib's
/// tracker does it (pose_to_bbox). It enlarges the keypoints' box by 1.25, since a body goes on
/// beyond its joints, and the result is then taken for the person's bounding box.
Region next_region(const std::vector<Keypoint>& keypoints, const Region& region, cv::Size input) {
    constexpr float kBodyToJoints = 1.25F;
    const bool any = std::any_of(keypoints.begin(), keypoints.end(), [](const Keypoint& point) {
        return point.score >= kLeastKeypointScore;
    });
    if (!any) {
        return region;
    }
    const Box joints = enclosing_box(keypoints, kLeastKeypointScore);
    const float width = kBodyToJoints * joints.width;
    const float height = kBodyToJoints * joints.height;
    return region_of_body_box({.x = joints.x - (width - joints.width) / 2.0F,
                               .y = joints.y - (height - joints.height) / 2.0F,
                               .width = width,
                               .height = height},
                              input);
}

/// The rows of the first `points` keypoints.
std::span<const float> first_rows(std::span<const float> logits, int pixels, std::size_t points,
                                  const char* axis) {
    const auto bins = static_cast<std::size_t>(pixels * kSimccBinsPerPixel);
    if (logits.size() < points * bins || logits.size() % bins != 0) {
        throw ModelError(
            fmt::format("the pose network gives {} values along {} instead of {} for each of {} "
                        "keypoints: the file holds another model",
                        logits.size(), axis, bins, points));
    }
    return logits.first(points * bins);
}

constexpr double kBoxPadding = 1.25;  // of GetBBoxCenterScale

/// What the reference gives rejected points: bin -1.
constexpr float kRejected = -1.0F / kSimccBinsPerPixel;

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

Normalization rtmpose_normalization() {
    return standard_normalization({123.675, 116.28, 103.53}, {58.395, 57.12, 57.375});
}

PoseEstimate interpret_simcc(std::span<const float> simcc_x, std::span<const float> simcc_y,
                             const Region& region, cv::Size input) {
    const std::size_t count = keypoint_count(Skeleton::kCoco17);
    const auto x = first_rows(simcc_x, input.width, count, "x");
    const auto y = first_rows(simcc_y, input.height, count, "y");
    const cv::Matx23d view_from_crop = view_from_body_crop(region, input);
    PoseEstimate estimate;
    estimate.keypoints.reserve(count);
    float sum = 0;
    for (const SimccPoint& point : decode_simcc(x, y, count)) {
        Keypoint keypoint{.x = static_cast<float>(region.center.x),
                          .y = static_cast<float>(region.center.y),
                          .z = 0,
                          .score = 0};
        if (point.accepted()) {
            const cv::Vec2d place = view_from_crop * cv::Vec3d(point.x, point.y, 1.0);
            keypoint.x = static_cast<float>(place[0]);
            keypoint.y = static_cast<float>(place[1]);
            keypoint.score = std::min(point.score, 1.0F);
        }
        sum += keypoint.score;
        estimate.keypoints.push_back(keypoint);
    }
    estimate.presence = sum / static_cast<float>(count);
    estimate.region = next_region(estimate.keypoints, region, input);
    return estimate;
}

RtmPose::RtmPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
                 std::unique_ptr<PersonDetector> detector)
    : network_(std::move(network)), input_(input), detector_(std::move(detector)) {}

float RtmPose::least_presence() const {
    return kLeastKeypointScore;
}

Region RtmPose::region_of_box(const Box& box, cv::Size) const {
    return region_of_body_box(box, input_);
}

std::vector<std::vector<Region>> RtmPose::find(std::span<const cv::Mat> pictures) {
    return regions_of_people(*detector_, *this, pictures);
}

std::vector<PoseEstimate> RtmPose::estimate(std::span<const PoseInput> inputs) {
    std::vector<PoseEstimate> estimates(inputs.size());
    network_->run(
        inputs.size(),
        [&](std::size_t i, cv::Mat& input) {
            crop_body(*inputs[i].picture, inputs[i].region, input);
        },
        [&](std::size_t i, Outputs outputs) {
            estimates[i] =
                interpret_simcc(outputs[kXOutput], outputs[kYOutput], inputs[i].region, input_);
        });
    return estimates;
}

/// For the list of models. `entry.files`: first the checkpoint. Where the options name no detector,
/// the first of person_detectors() serves.
std::unique_ptr<PoseModel> make_rtmpose(const InferOptions& options, const PoseModelEntry& entry,
                                        WorkerPool& workers) {
    const NetworkOptions network = network_options(options);
    const auto loaded = load_rtmpose_network(
        entry.files.at(0), {.network = network, .allow_partial = options.allow_partial});
    const std::string_view detector =
        options.detector.empty() ? person_detectors().front().name : options.detector;
    return std::make_unique<RtmPose>(make_runner({.network = loaded,
                                                  .normalization = rtmpose_normalization(),
                                                  .device = network.device,
                                                  .streams = options.streams},
                                                 workers),
                                     loaded->input_size(),
                                     make_person_detector(detector, options, workers));
}

Region region_of_body_box(const Box& box, cv::Size input) {
    const double aspect = static_cast<double>(input.width) / input.height;
    return {.center = {box.x + box.width / 2.0, box.y + box.height / 2.0},
            .side = kBoxPadding * std::max<double>(box.height, box.width / aspect),
            .rotation = 0};
}

cv::Matx23d view_from_body_crop(const Region& region, cv::Size input) {
    const double c = std::cos(region.rotation) * region.side / input.height;
    const double s = std::sin(region.rotation) * region.side / input.height;
    const cv::Point2d middle(input.width / 2.0, input.height / 2.0);
    return {c, -s, region.center.x - c * middle.x + s * middle.y,
            s, c,  region.center.y - s * middle.x - c * middle.y};
}

void crop_body(const cv::Mat& rgb, const Region& region, cv::Mat& crop) {
    cv::warpAffine(rgb, crop, view_from_body_crop(region, crop.size()), crop.size(),
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
}

std::vector<SimccPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                     std::size_t points) {
    if (points == 0 || x.empty() || y.empty() || x.size() % points != 0 || y.size() % points != 0) {
        throw ModelError(
            fmt::format("the pose network gives {} and {} values for {} keypoints, which is no "
                        "whole number of bins: the file holds another model",
                        x.size(), y.size(), points));
    }
    const std::size_t columns = x.size() / points;
    const std::size_t rows = y.size() / points;
    std::vector<SimccPoint> result;
    result.reserve(points);
    for (std::size_t i = 0; i < points; ++i) {
        const Peak across = peak_of(x.subspan(i * columns, columns));
        const Peak down = peak_of(y.subspan(i * rows, rows));
        SimccPoint point{.x = kRejected, .y = kRejected, .score = 0.0F};
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
