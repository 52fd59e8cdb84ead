#include "warp/paint/blur_plane.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/paint/kernel.h"

namespace closet {
namespace {

constexpr int kWeightBits = 8;

/// Half of the weights, the middle one first; all of them add up to 1 << kWeightBits.
std::vector<std::uint16_t> gaussian_weights(double sigma, int radius) {
    const auto at = [&](int i) { return std::exp(-0.5 * i * i / (sigma * sigma)); };
    double sum = at(0);
    for (int i = 1; i <= radius; ++i) {
        sum += 2 * at(i);
    }
    std::vector<std::uint16_t> weights(static_cast<std::size_t>(radius) + 1);
    int left = 1 << kWeightBits;
    double error = 0;  // of those farther out, which is made up for
    for (int i = radius; i > 0; --i) {
        const double wanted = at(i) / sum * (1 << kWeightBits) + error;
        const int weight = static_cast<int>(std::lround(wanted));
        error = wanted - weight;
        weights[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(weight);
        left -= 2 * weight;
    }
    weights[0] = static_cast<std::uint16_t>(left);
    return weights;
}

/// `line` has `radius` pixels more at either end.
CLOSET_TARGET_CLONES
void blur_across(const std::uint8_t* __restrict line, const std::uint16_t* weights,
                 std::size_t radius, std::size_t n, std::uint16_t* __restrict out) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = static_cast<std::uint16_t>(weights[0] * line[i + radius]);
    }
    for (std::size_t k = 1; k <= radius; ++k) {
        const std::uint16_t weight = weights[k];
        for (std::size_t i = 0; i < n; ++i) {
            const auto both =
                static_cast<std::uint16_t>(line[i + radius - k] + line[i + radius + k]);
            out[i] = static_cast<std::uint16_t>(out[i] + weight * both);
        }
    }
}

CLOSET_TARGET_CLONES
void blur_down(const std::uint16_t* const* rows, const std::uint16_t* weights, std::size_t radius,
               std::size_t n, std::uint32_t* __restrict sums, std::uint8_t* __restrict out) {
    const std::uint16_t* __restrict middle = rows[radius];
    for (std::size_t i = 0; i < n; ++i) {
        sums[i] = std::uint32_t{weights[0]} * middle[i] + (1U << (2 * kWeightBits - 1));
    }
    for (std::size_t k = 1; k <= radius; ++k) {
        const std::uint32_t weight = weights[k];
        const std::uint16_t* __restrict above = rows[radius - k];
        const std::uint16_t* __restrict below = rows[radius + k];
        for (std::size_t i = 0; i < n; ++i) {
            sums[i] += weight * (std::uint32_t{above[i]} + below[i]);
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = static_cast<std::uint8_t>(sums[i] >> (2 * kWeightBits));
    }
}

}  // namespace

void blur_plane(cv::Mat& plane, double sigma, int radius, int border) {
    const std::vector<std::uint16_t> weights = gaussian_weights(sigma, radius);
    const auto reach = static_cast<std::size_t>(radius);
    const auto width = static_cast<std::size_t>(plane.cols);
    std::vector<std::uint8_t> line(width + 2 * reach);
    std::vector<std::uint16_t> across(width * static_cast<std::size_t>(plane.rows));
    const auto place = [&](int i, int n) {
        return static_cast<std::size_t>(cv::borderInterpolate(i, n, border));
    };
    for (int y = 0; y < plane.rows; ++y) {
        const std::uint8_t* row = plane.ptr(y);
        std::copy_n(row, width, line.data() + radius);
        for (int k = 1; k <= radius; ++k) {
            line[reach - static_cast<std::size_t>(k)] = row[place(-k, plane.cols)];
            line[reach + width - 1 + static_cast<std::size_t>(k)] =
                row[place(plane.cols - 1 + k, plane.cols)];
        }
        blur_across(line.data(), weights.data(), reach, width,
                    &across[width * static_cast<std::size_t>(y)]);
    }
    std::vector<const std::uint16_t*> rows(2 * reach + 1);
    std::vector<std::uint32_t> sums(width);
    for (int y = 0; y < plane.rows; ++y) {
        for (int k = -radius; k <= radius; ++k) {
            rows[static_cast<std::size_t>(k + radius)] = &across[width * place(y + k, plane.rows)];
        }
        blur_down(rows.data(), weights.data(), reach, width, sums.data(), plane.ptr(y));
    }
}

cv::Mat round_element(int radius) {
    return cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
}

}  // namespace closet
