#include "fit/fit_taps.h"

#include <algorithm>

namespace closet {

void count_poses(PoseCounts& counts, const std::vector<Pose>& poses) {
    const auto best =
        std::min_element(poses.begin(), poses.end(),
                         [](const Pose& a, const Pose& b) { return a.origin < b.origin; });
    if (best == poses.end()) {
        ++counts.missing;
        return;
    }
    switch (best->origin) {
        case PoseOrigin::kMeasured:
            ++counts.measured;
            break;
        case PoseOrigin::kInterpolated:
            ++counts.interpolated;
            break;
        case PoseOrigin::kHeld:
            ++counts.held;
            break;
        case PoseOrigin::kPredicted:
            ++counts.predicted;
            break;
    }
}

}  // namespace closet
