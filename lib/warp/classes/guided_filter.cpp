#include "warp/classes/guided_filter.h"

#include <algorithm>

namespace closet::classes {
namespace {

/// The inverse of a symmetrical 3 x 3 matrix a b c / b d e / c e f, in the same order.
Fours<2> inverse_of(float a, float b, float c, float d, float e, float f) {
    const float aa = d * f - e * e;
    const float bb = c * e - b * f;
    const float cc = b * e - c * d;
    const float per = 1.0F / (a * aa + b * bb + c * cc);
    return {Four{aa * per, bb * per, cc * per, (a * f - c * c) * per},
            Four{(b * c - a * e) * per, (a * d - b * b) * per, 0, 0}};
}

}  // namespace

void GuidedFilter::look_at(const cv::Mat& colors, int radius, float epsilon) {
    radius_ = radius;
    half_.create(colors.rows / 2, colors.cols / 2);
    products_.create(half_.rows, half_.cols);
    for (int y = 0; y < half_.rows; ++y) {
        const auto* above = colors.ptr<cv::Vec3b>(2 * y);
        const auto* below = colors.ptr<cv::Vec3b>(2 * y + 1);
        for (int x = 0; x < half_.cols; ++x) {
            const Four mean = (guide_of(above[2 * x]) + guide_of(above[2 * x + 1]) +
                               guide_of(below[2 * x]) + guide_of(below[2 * x + 1])) *
                              0.25F;
            half_.row(y)[x][0] = mean;
            products_.row(y)[x] = {
                mean, mean * mean[0],
                Four{mean[1] * mean[1], mean[1] * mean[2], mean[2] * mean[2], 0}};
        }
    }
    box_mean(products_, radius, row_means_, moments_);
    inverse_.create(half_.rows, half_.cols);
    for (std::size_t i = 0; i < half_.size(); ++i) {
        const auto& [m, first, second] = moments_.values[i];
        inverse_.values[i] = inverse_of(first[0] - m[0] * m[0] + epsilon, first[1] - m[0] * m[1],
                                        first[2] - m[0] * m[2], second[0] - m[1] * m[1] + epsilon,
                                        second[1] - m[1] * m[2], second[2] - m[2] * m[2] + epsilon);
    }
}

void GuidedFilter::fit(const FourMap<1>& map) {
    sums_.create(half_.rows, half_.cols);
    for (std::size_t i = 0; i < half_.size(); ++i) {
        const Four p = map.values[i][0];
        const Four guide = half_.values[i][0];
        sums_.values[i] = {p, p * guide[0], p * guide[1], p * guide[2]};
    }
    box_mean(sums_, radius_, between_, linear_);
    for (std::size_t i = 0; i < half_.size(); ++i) {
        const Four m = moments_.values[i][0];
        const auto& [mean, p0, p1, p2] = linear_.values[i];
        const Four c0 = p0 - mean * m[0];
        const Four c1 = p1 - mean * m[1];
        const Four c2 = p2 - mean * m[2];
        const auto& [u, v] = inverse_.values[i];
        const Four a0 = c0 * u[0] + c1 * u[1] + c2 * u[2];
        const Four a1 = c0 * u[1] + c1 * u[3] + c2 * v[0];
        const Four a2 = c0 * u[2] + c1 * v[0] + c2 * v[1];
        sums_.values[i] = {a0, a1, a2, mean - a0 * m[0] - a1 * m[1] - a2 * m[2]};
    }
    box_mean(sums_, radius_, between_, linear_);
}

void GuidedFilter::apply_half(FourMap<1>& filtered) const {
    filtered.create(half_.rows, half_.cols);
    for (std::size_t i = 0; i < half_.size(); ++i) {
        const Four guide = half_.values[i][0];
        const auto& [a0, a1, a2, b] = linear_.values[i];
        filtered.values[i][0] = a0 * guide[0] + a1 * guide[1] + a2 * guide[2] + b;
    }
}

void GuidedFilter::apply_row(const cv::Mat& colors, int y, std::vector<Four>& filtered) {
    filtered.resize(static_cast<std::size_t>(colors.cols));
    // Half-size pixel centers lie between two whole ones: weights 3/4 and 1/4.
    const int j = y / 2;
    const int beside = std::clamp(y % 2 == 0 ? j - 1 : j + 1, 0, half_.rows - 1);
    const Fours<4>* near_row = linear_.row(j);
    const Fours<4>* far_row = linear_.row(beside);
    const auto cols = static_cast<std::size_t>(half_.cols);
    line_.resize(cols);
    for (std::size_t i = 0; i < cols; ++i) {
        for (std::size_t k = 0; k < 4; ++k) {
            line_[i][k] = near_row[i][k] * 0.75F + far_row[i][k] * 0.25F;
        }
    }
    const auto* color = colors.ptr<cv::Vec3b>(y);
    for (std::size_t i = 0; i < cols; ++i) {
        const Fours<4>& left = line_[i > 0 ? i - 1 : 0];
        const Fours<4>& right = line_[std::min(i + 1, cols - 1)];
        const Four first = guide_of(color[2 * i]);
        const Four second = guide_of(color[2 * i + 1]);
        Four sum_first{}, sum_second{};
        for (std::size_t k = 0; k < 4; ++k) {
            const Four own = line_[i][k] * 0.75F;
            sum_first += (own + left[k] * 0.25F) * first[k];
            sum_second += (own + right[k] * 0.25F) * second[k];
        }
        filtered[2 * i] = sum_first;
        filtered[2 * i + 1] = sum_second;
    }
}

}  // namespace closet::classes
