#include "infer/plausible.h"

#include <algorithm>
#include <cmath>

namespace closet {
namespace {

/// Least extent of the trunk in shares of the region's side. Upright people have .2 to .3; bent
/// towards the camera the shoulders alone still span .1.
constexpr float kLeastTrunk = 0.06F;

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
           kLeastTrunk * static_cast<float>(sighting.region.side);
}

}  // namespace closet
