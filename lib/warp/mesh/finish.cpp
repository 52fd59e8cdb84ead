#include "warp/mesh/finish.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <opencv2/core.hpp>

namespace closet::mesh {
namespace {

/// 255 / alpha with 16 fraction bits, rounded up enough that 255 * x / 255 gives x again.
constexpr std::array<std::uint32_t, 256> make_reciprocals() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t alpha = 1; alpha < 256; ++alpha) {
        table[alpha] = ((255U << 16) + alpha / 2) / alpha;
    }
    return table;
}
constexpr auto kReciprocals = make_reciprocals();

}  // namespace

void cut_below(cv::Mat& canvas, cv::Point2d on_line, cv::Point2d below) {
    for (int y = 0; y < canvas.rows; ++y) {
        auto* row = canvas.ptr<cv::Vec4b>(y);
        for (int x = 0; x < canvas.cols; ++x) {
            const double outside = (cv::Point2d(x, y) - on_line).dot(below) + 0.5;
            if (outside <= 0 || row[x][3] == 0) {
                continue;
            }
            const double keep = std::max(1.0 - outside, 0.0);
            for (int c = 0; c < 4; ++c) {
                row[x][c] = static_cast<std::uint8_t>(row[x][c] * keep + 0.5);
            }
        }
    }
}

void unpremultiply(cv::Mat& canvas) {
    for (int y = 0; y < canvas.rows; ++y) {
        auto* row = canvas.ptr<cv::Vec4b>(y);
        for (int x = 0; x < canvas.cols; ++x) {
            const std::uint8_t alpha = row[x][3];
            if (alpha == 255 || alpha == 0) {
                continue;
            }
            for (int c = 0; c < 3; ++c) {
                const std::uint32_t value = (row[x][c] * kReciprocals[alpha] + (1U << 15)) >> 16;
                row[x][c] = static_cast<std::uint8_t>(std::min(value, 255U));
            }
        }
    }
}

}  // namespace closet::mesh
