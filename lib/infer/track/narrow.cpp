#include "infer/track/narrow.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <opencv2/core.hpp>

#include "core/body_frame.h"
#include "infer/track/pose_distance.h"

namespace closet {
namespace {

/// From the nose to the crown, in trunk lengths.
constexpr float kHead = 0.35F;

/// The width of shoulders, in trunk lengths: adults who stand have 0.62 to 0.72. A reading is whole
/// from the second on, or nearly as wide as a wider one that is.
constexpr double kNarrow = 0.62, kWhole = 0.58, kUsual = 0.65;
constexpr double kAsWide = 0.95;

/// Readings are alike up to this, as estimates of one view are (examine.cpp).
constexpr double kAlike = 0.1;

constexpr double kMostDeeper = 4;

/// From the right to the left one, in trunk lengths, with depth.
cv::Vec3d shoulder_axis(const std::vector<Keypoint>& points, Skeleton skeleton) {
    Pose pose;
    pose.skeleton = skeleton;
    pose.keypoints = points;
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    const double trunk = torso_length(pose);
    return trunk > 0
               ? cv::Vec3d(left.x - right.x, left.y - right.y, depth_from(right, left)) / trunk
               : cv::Vec3d();
}

/// With the sides as `first` names them.
std::vector<Keypoint> mean(std::span<const std::vector<Keypoint>> readings,
                           const std::vector<Keypoint>& first, Skeleton skeleton) {
    const cv::Vec3d axis = shoulder_axis(first, skeleton);
    const float share = 1.0F / static_cast<float>(readings.size());
    std::vector<Keypoint> sum(first.size(), Keypoint{});
    for (std::vector<Keypoint> points : readings) {
        if (axis.dot(shoulder_axis(points, skeleton)) < 0) {
            exchange_sides(points, skeleton);
        }
        for (std::size_t i = 0; i < sum.size(); ++i) {
            sum[i].x += share * points[i].x;
            sum[i].y += share * points[i].y;
            sum[i].z += share * points[i].z;
            sum[i].score += share * points[i].score;
        }
    }
    return sum;
}

}  // namespace

bool is_narrow(const std::vector<Keypoint>& points, Skeleton skeleton, cv::Size picture) {
    Pose pose;
    pose.skeleton = skeleton;
    pose.keypoints = points;
    const Keypoint& nose = pose.at(Joint::kNose);
    const float inside = std::min({nose.x, nose.y, static_cast<float>(picture.width) - nose.x,
                                   static_cast<float>(picture.height) - nose.y});
    return skeleton == Skeleton::kBlazePose33 && inside < kHead * torso_length(pose) &&
           cv::norm(shoulder_axis(points, skeleton)) < kNarrow;
}

std::vector<Keypoint> believed(std::span<const std::vector<Keypoint>> readings, Skeleton skeleton) {
    const std::vector<Keypoint>& first = readings.front();
    double widest = 0;
    for (const std::vector<Keypoint>& reading : readings) {
        widest = std::max(widest, cv::norm(shoulder_axis(reading, skeleton)));
    }
    if (widest >= kWhole) {
        std::vector<std::vector<Keypoint>> whole;
        std::copy_if(readings.begin(), readings.end(), std::back_inserter(whole),
                     [&](const std::vector<Keypoint>& reading) {
                         return cv::norm(shoulder_axis(reading, skeleton)) >= kAsWide * widest;
                     });
        return mean(whole, first, skeleton);
    }
    if (readings.size() == 1 ||
        !std::all_of(readings.begin(), readings.end(), [&](const std::vector<Keypoint>& reading) {
            return unsided_distance(first, reading, skeleton) < kAlike;
        })) {
        return first;
    }
    std::vector<Keypoint> turned = mean(readings, first, skeleton);
    const cv::Vec3d axis = shoulder_axis(turned, skeleton);
    const double depth =
        std::sqrt(std::max(kUsual * kUsual - axis[0] * axis[0] - axis[1] * axis[1], 0.0));
    const double deeper = std::clamp(depth / std::max(std::abs(axis[2]), 1e-9), 1.0, kMostDeeper);
    for (Keypoint& point : turned) {
        point.z *= static_cast<float>(deeper);
    }
    return turned;
}

Region mirrored(Region region, int width) {
    region.center.x = width - 1 - region.center.x;
    region.rotation = -region.rotation;
    return region;
}

std::vector<Keypoint> mirrored(std::vector<Keypoint> points, int width, Skeleton skeleton) {
    for (Keypoint& point : points) {
        point.x = static_cast<float>(width - 1) - point.x;
    }
    exchange_sides(points, skeleton);
    return points;
}

}  // namespace closet
