#include "infer/top_down/body_crop.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr double kBoxPadding = 1.25;  // of GetBBoxCenterScale

/// Where to look for the person in the next picture: around the keypoints relied on, as rtmlib's
/// tracker does it (pose_to_bbox). It enlarges the keypoints' box by 1.25, since a body goes on
/// beyond its joints, and the result is then taken for the person's bounding box.
Region next_region(const std::vector<Keypoint>& keypoints, const Region& region, cv::Size input,
                   float least_score) {
    constexpr float kBodyToJoints = 1.25F;
    const bool any = std::any_of(keypoints.begin(), keypoints.end(),
                                 [&](const Keypoint& point) { return point.score >= least_score; });
    if (!any) {
        return region;
    }
    const Box joints = enclosing_box(keypoints, least_score);
    const float width = kBodyToJoints * joints.width;
    const float height = kBodyToJoints * joints.height;
    return region_of_body_box({.x = joints.x - (width - joints.width) / 2.0F,
                               .y = joints.y - (height - joints.height) / 2.0F,
                               .width = width,
                               .height = height},
                              input);
}

/// What a network said of one crop, kept until it has seen the mirror image too.
using KeptOutputs = std::vector<std::vector<float>>;

KeptOutputs keep(Outputs outputs) {
    KeptOutputs kept;
    for (const std::span<const float> output : outputs) {
        kept.emplace_back(output.begin(), output.end());
    }
    return kept;
}

std::vector<std::span<const float>> spans_of(const KeptOutputs& kept) {
    return {kept.begin(), kept.end()};
}

}  // namespace

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

PoseEstimate estimate_of(std::span<const CropPoint> points, const Region& region, cv::Size input,
                         float least_score) {
    const cv::Matx23d view_from_crop = view_from_body_crop(region, input);
    PoseEstimate estimate;
    estimate.keypoints.reserve(points.size());
    float sum = 0;
    for (const CropPoint& point : points) {
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
    estimate.presence = sum / static_cast<float>(points.size());
    estimate.region = next_region(estimate.keypoints, region, input, least_score);
    return estimate;
}

TopDownPose::TopDownPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
                         std::unique_ptr<PersonDetector> detector, bool flip_test)
    : network_(std::move(network)),
      input_(input),
      detector_(std::move(detector)),
      flip_test_(flip_test) {}

Region TopDownPose::region_of_box(const Box& box, cv::Size) const {
    return region_of_body_box(box, input_);
}

std::vector<std::vector<Region>> TopDownPose::find(std::span<const cv::Mat> pictures) {
    return regions_of_people(*detector_, *this, pictures);
}

std::vector<PoseEstimate> TopDownPose::estimate(std::span<const PoseInput> inputs) {
    const std::size_t looks = flip_test_ ? 2 : 1;  // at each person
    std::vector<PoseEstimate> estimates(inputs.size());
    std::vector<KeptOutputs> kept(flip_test_ ? looks * inputs.size() : 0);
    std::vector<Crop> crops;
    for (std::size_t i = 0; i < looks * inputs.size(); ++i) {
        const PoseInput& input = inputs[i / looks];
        crops.push_back({.picture = input.picture,
                         .picture_from_input = view_from_body_crop(input.region, input_),
                         .mirrored = i % looks == 1});
    }
    network_->run(
        looks * inputs.size(),
        [&](std::size_t i, cv::Mat& crop) {
            const PoseInput& input = inputs[i / looks];
            crop_body(*input.picture, input.region, crop);
            if (i % looks == 1) {
                cv::flip(crop, crop, 1);
            }
        },
        [&](std::size_t i, Outputs outputs) {
            if (flip_test_) {
                kept[i] = keep(outputs);
            } else {
                estimates[i] = interpret(outputs, {}, inputs[i].region);
            }
        },
        {}, crops);
    for (std::size_t i = 0; i < kept.size(); i += looks) {
        estimates[i / looks] =
            interpret(spans_of(kept[i]), spans_of(kept[i + 1]), inputs[i / looks].region);
    }
    return estimates;
}

std::size_t other_side(std::size_t keypoint) {
    // The nose, then left and right by turns.
    return keypoint == 0 ? 0 : keypoint % 2 == 1 ? keypoint + 1 : keypoint - 1;
}

}  // namespace closet
