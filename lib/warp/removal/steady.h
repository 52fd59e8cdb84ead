#pragma once

#include <algorithm>
#include <cmath>

namespace closet::removal {

/// What share of the way to a new measure is gone when it differs by `moved`: all of it from
/// `still` on, and nearly none of what is a fraction of that, which is a pose's trembling.
inline double follow_steadily(double moved, double still) {
    constexpr double kLeast = 0.03;
    const double share = std::abs(moved) / still;
    return std::clamp(share * share, kLeast, 1.0);
}

/// Shoulder widths that people move by in a frame.
inline constexpr double kStillWidths = 0.02;

}  // namespace closet::removal
