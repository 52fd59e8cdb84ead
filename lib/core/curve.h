#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <opencv2/core/types.hpp>

namespace closet {

/// 0 at `low` and below, 1 at `high` and above, without kinks between.
inline double smoothstep(double low, double high, double value) {
    const double t = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return t * t * (3.0 - 2.0 * t);
}

/// The larger one; where they are within `near` (> 0) of each other up to a quarter of it more, so
/// that what follows it has no kink.
inline double soft_max(double a, double b, double near) {
    const double both = std::max(1 - std::abs(a - b) / near, 0.0);
    return std::max(a, b) + both * both * near / 4;
}

/// The smaller one likewise, up to a quarter of `near` less.
inline double soft_min(double a, double b, double near) {
    return -soft_max(-a, -b, near);
}

inline double length_of(cv::Point2d v) {
    return std::hypot(v.x, v.y);
}

/// v / |v|, or `otherwise` for a vector without direction.
inline cv::Point2d unit_of(cv::Point2d v, cv::Point2d otherwise) {
    const double length = length_of(v);
    return length > 1e-9 ? v / length : otherwise;
}

struct Knot {
    double x, y;
};

/// Straight lines through knots (ascending x), constant beyond the ends.
inline double polyline(std::span<const Knot> knots, double x) {
    if (x <= knots.front().x) {
        return knots.front().y;
    }
    for (std::size_t i = 1; i < knots.size(); ++i) {
        if (x < knots[i].x) {
            const double t = (x - knots[i - 1].x) / (knots[i].x - knots[i - 1].x);
            return knots[i - 1].y + (knots[i].y - knots[i - 1].y) * t;
        }
    }
    return knots.back().y;
}

}  // namespace closet
