#include "warp/sample_affine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <opencv2/core.hpp>

#include "warp/target_clones.h"

namespace closet {
namespace {

using std::int64_t;
using std::uint16_t;
using std::uint8_t;

// GCC and Clang vector types: one 128-bit register of two RGBA pixels with 16 bits a channel.
using Bytes8 [[gnu::vector_size(8)]] = uint8_t;
using Words8 [[gnu::vector_size(16)]] = uint16_t;

constexpr int kFraction = 32;  ///< fraction bits of a source coordinate: no drift along a row

/// A walk along one row of the result, in source coordinates within the bordered picture.
struct Walk {
    int64_t x, y, step_x, step_y;  ///< fixed point, kFraction bits
};

/// Two horizontally neighbouring pixels, interpolated vertically.
inline Words8 column_pair(const uint8_t* pixels, std::size_t stride, int64_t x, int64_t y) {
    const uint8_t* at = pixels + static_cast<std::size_t>(y >> kFraction) * stride +
                        static_cast<std::size_t>(x >> kFraction) * 4;
    Bytes8 top, bottom;
    std::memcpy(&top, at, sizeof top);
    std::memcpy(&bottom, at + stride, sizeof bottom);
    const auto weight = static_cast<uint16_t>((y >> (kFraction - 8)) & 255);
    const auto other = static_cast<uint16_t>(256 - weight);
    return (__builtin_convertvector(top, Words8) * other +
            __builtin_convertvector(bottom, Words8) * weight + uint16_t{128}) >>
           8;
}

inline Words8 spread(int64_t x0, int64_t x1) {
    const auto a = static_cast<uint16_t>((x0 >> (kFraction - 8)) & 255);
    const auto b = static_cast<uint16_t>((x1 >> (kFraction - 8)) & 255);
    return Words8{a, a, a, a, b, b, b, b};
}

/// Writes `n` pixels; every position touched must lie within the bordered picture.
CLOSET_TARGET_CLONES
void sample_row(uint8_t* __restrict out, const uint8_t* __restrict pixels, std::size_t stride,
                Walk walk, int n) {
    const auto pair_at = [&](uint8_t* to, int64_t x1, int64_t y1) {
        const Words8 a = column_pair(pixels, stride, walk.x, walk.y);
        const Words8 b = column_pair(pixels, stride, x1, y1);
        const Words8 left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        const Words8 right = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
        const Words8 weight = spread(walk.x, x1);
        const Words8 mixed = (left * (256 - weight) + right * weight + uint16_t{128}) >> 8;
        const auto bytes = __builtin_convertvector(mixed, Bytes8);
        std::memcpy(to, &bytes, sizeof bytes);
    };
    for (; n >= 2; n -= 2, out += 8) {
        pair_at(out, walk.x + walk.step_x, walk.y + walk.step_y);
        walk.x += 2 * walk.step_x;
        walk.y += 2 * walk.step_y;
    }
    if (n == 1) {
        uint8_t last[8];
        pair_at(last, walk.x, walk.y);
        std::memcpy(out, last, 4);
    }
}

/// Narrows [begin, end] to where low <= start + step * t <= high.
void clip(double start, double step, double low, double high, double& begin, double& end) {
    if (std::abs(step) < 1e-12) {
        if (start < low || start > high) {
            end = begin - 1;
        }
        return;
    }
    double t0 = (low - start) / step;
    double t1 = (high - start) / step;
    if (t0 > t1) {
        std::swap(t0, t1);
    }
    begin = std::max(begin, t0);
    end = std::min(end, t1);
}

int64_t fixed(double value) {
    return std::llround(std::ldexp(value, kFraction));
}

}  // namespace

void sample_affine(const cv::Mat& bordered, const cv::Matx23d& m, cv::Mat& out) {
    CV_Assert(bordered.type() == CV_8UC4 && out.type() == CV_8UC4 &&
              bordered.cols > 2 * kSampleBorder && bordered.rows > 2 * kSampleBorder);
    // Beyond one pixel outside the source nothing is visible; the rest of the border keeps a
    // rounding error of the walk inside the picture.
    const double low = kSampleBorder - 1.0;
    const double high_x = bordered.cols - kSampleBorder;
    const double high_y = bordered.rows - kSampleBorder;
    for (int y = 0; y < out.rows; ++y) {
        const double x0 = m(0, 1) * y + m(0, 2) + kSampleBorder;
        const double y0 = m(1, 1) * y + m(1, 2) + kSampleBorder;
        double begin = 0;
        double end = out.cols - 1;
        clip(x0, m(0, 0), low, high_x, begin, end);
        clip(y0, m(1, 0), low, high_y, begin, end);
        uint8_t* row = out.ptr(y);
        int first = out.cols;
        int count = 0;
        if (std::ceil(begin) <= std::floor(end)) {
            first = static_cast<int>(std::ceil(begin));
            count = static_cast<int>(std::floor(end)) - first + 1;
            const Walk walk{fixed(x0 + m(0, 0) * first), fixed(y0 + m(1, 0) * first),
                            fixed(m(0, 0)), fixed(m(1, 0))};
            sample_row(row + first * 4, bordered.data, bordered.step, walk, count);
        }
        std::fill_n(row, first * 4, uint8_t{0});
        std::fill_n(row + (first + count) * 4, (out.cols - first - count) * 4, uint8_t{0});
    }
}

}  // namespace closet
