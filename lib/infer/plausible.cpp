#include "infer/plausible.h"

#include <algorithm>
#include <cmath>

namespace closet {
namespace {

/// Least extent of the trunk in shares of the region's side. Upright people have .2 to .3; bent
/// towards the camera the shoulders alone still span .1.
constexpr float kLeastTrunk = 0.06F;

/// A nose that is farther below the shoulders than this, in shoulder widths, lies in the trunk.
/// Of 253 poses of people who walk, sit, turn, balance and bend it lies at least 0.04 above; of a
/// man cut off at the waist the network put it 0.1 to 0.4 below.
constexpr float kSunkenNose = 0.15F;
/// In shares of the trunk: the shoulder width of people seen from the side.
constexpr float kLeastUnit = 0.5F;

cv::Point2f middle(const Sighting& sighting, Skeleton skeleton, Joint a, Joint b) {
    const Keypoint& first = sighting.keypoints[keypoint_index(skeleton, a)];
    const Keypoint& second = sighting.keypoints[keypoint_index(skeleton, b)];
    return {(first.x + second.x) / 2, (first.y + second.y) / 2};
}

bool is_face_in_trunk(const Sighting& sighting, Skeleton skeleton) {
    const Keypoint& left = sighting.keypoints[keypoint_index(skeleton, Joint::kLeftShoulder)];
    const Keypoint& right = sighting.keypoints[keypoint_index(skeleton, Joint::kRightShoulder)];
    const Keypoint& nose = sighting.keypoints[keypoint_index(skeleton, Joint::kNose)];
    const cv::Point2f shoulders =
        middle(sighting, skeleton, Joint::kLeftShoulder, Joint::kRightShoulder);
    const cv::Point2f trunk =
        middle(sighting, skeleton, Joint::kLeftHip, Joint::kRightHip) - shoulders;
    const float length = std::hypot(trunk.x, trunk.y);
    const float unit =
        std::max(std::hypot(left.x - right.x, left.y - right.y), kLeastUnit * length);
    return (cv::Point2f(nose.x, nose.y) - shoulders).dot(trunk) > kSunkenNose * unit * length;
}

}  // namespace

bool is_plausible(const Sighting& sighting, Skeleton skeleton) {
    const bool finite = std::all_of(
        sighting.keypoints.begin(), sighting.keypoints.end(), [](const Keypoint& point) {
            return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z);
        });
    if (!finite || sighting.keypoints.size() != keypoint_count(skeleton) ||
        !std::isfinite(sighting.region.side)) {
        return false;
    }
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Joint joint :
         {Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip, Joint::kRightHip}) {
        const Keypoint& point = sighting.keypoints[keypoint_index(skeleton, joint)];
        left = std::min(left, point.x);
        right = std::max(right, point.x);
        top = std::min(top, point.y);
        bottom = std::max(bottom, point.y);
    }
    return std::hypot(right - left, bottom - top) >=
               kLeastTrunk * static_cast<float>(sighting.region.side) &&
           !is_face_in_trunk(sighting, skeleton);
}

}  // namespace closet
