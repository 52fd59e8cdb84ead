#pragma once

#include <algorithm>
#include <cmath>

namespace closet::removal {

/// What share of the way to a new measure is gone when it differs by `moved`: all of it from
/// `still` on, and nearly none of what is half of that and less, which is a pose's trembling.
inline double follow_steadily(double moved, double still) {
    constexpr double kLeast = 0.03;
    const double square = moved * moved / (still * still);
    return std::clamp(square * square, kLeast, 1.0);
}

/// Shoulder widths that people move by in a frame.
inline constexpr double kStillWidths = 0.02;

}  // namespace closet::removal
