#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace closet::body {

/// 0 at `low` and below, 1 at `high` and above, without kinks between.
inline double smoothstep(double low, double high, double value) {
    const double t = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return t * t * (3.0 - 2.0 * t);
}

struct Knot {
    double x, y;
};

/// Straight lines through knots (ascending x), constant beyond the ends.
template <std::size_t N>
double polyline(const std::array<Knot, N>& knots, double x) {
    for (std::size_t i = 1; i < N; ++i) {
        if (x < knots[i].x) {
            const double t = std::max(0.0, (x - knots[i - 1].x) / (knots[i].x - knots[i - 1].x));
            return knots[i - 1].y + (knots[i].y - knots[i - 1].y) * t;
        }
    }
    return knots.back().y;
}

}  // namespace closet::body
