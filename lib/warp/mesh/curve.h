#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <opencv2/core/types.hpp>

#include "core/curve.h"

namespace closet::mesh {

/// a at share 0, b at 1, on the line through both beyond.
inline double mix(double a, double b, double share_of_b) {
    return a + (b - a) * share_of_b;
}

/// The same for points.
inline cv::Point2d mix(cv::Point2d a, cv::Point2d b, double share_of_b) {
    return a + (b - a) * share_of_b;
}

/// v turned by a quarter from the x axis towards the y axis.
inline cv::Point2d quarter_turn(cv::Point2d v) {
    return {-v.y, v.x};
}

/// A point between two samples of a table: the lower one's index and the share of the upper one.
struct Between {
    std::size_t index = 0;
    double share = 0;
};

/// Where `position` lies among `size` >= 2 samples spaced by 1; beyond the ends, at the ends.
inline Between between(double position, std::size_t size) {
    const double last = static_cast<double>(size - 1);
    const double at = std::clamp(position, 0.0, last);
    const double index = std::min(std::floor(at), last - 1);
    return {static_cast<std::size_t>(index), at - index};
}

/// A table sampled at steps of 1, linear in between, constant beyond the ends.
template <class T>
T look_up(std::span<const T> table, double position) {
    const auto [i, share] = between(position, table.size());
    return table[i] + (table[i + 1] - table[i]) * share;
}

/// Gaussian smoothing, `sigma` in samples, ends continued.
template <class Table>
void smooth(Table& table, double sigma) {
    const auto radius = static_cast<std::ptrdiff_t>(std::ceil(3 * sigma));
    const auto size = static_cast<std::ptrdiff_t>(table.size());
    const Table source = table;
    for (std::ptrdiff_t i = 0; i < size; ++i) {
        double sum = 0;
        double weights = 0;
        for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
            const double t = static_cast<double>(k) / sigma;
            const double weight = std::exp(-0.5 * t * t);
            const auto at = std::clamp<std::ptrdiff_t>(i + k, 0, size - 1);
            sum += weight * source[static_cast<std::size_t>(at)];
            weights += weight;
        }
        table[static_cast<std::size_t>(i)] = sum / weights;
    }
}

}  // namespace closet::mesh
