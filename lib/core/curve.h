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
