#include "warp/paint/sampling.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "warp/paint/kernel.h"

namespace closet {
namespace {

using std::int64_t;
using std::uint16_t;
using std::uint32_t;
using std::uint8_t;

using namespace kernel;

/// The fractions of two positions: low halves of x0, y0, x1, y1.
using Fractions [[gnu::vector_size(16)]] = uint32_t;

constexpr int kFraction = 32;  ///< fraction bits of a source coordinate: no drift along a row

/// A walk along one row of the result, in source coordinates within the bordered picture.
struct Walk {
    int64_t x, y, step_x, step_y;  ///< fixed point, kFraction bits
};

/// Two horizontally neighboring pixels, interpolated vertically.
inline Words8 column_pair(const uint8_t* pixels, std::size_t stride, int64_t x, int64_t y,
                          Words8 weight) {
    const uint8_t* at = pixels + static_cast<std::size_t>(y >> kFraction) * stride +
                        static_cast<std::size_t>(x >> kFraction) * 4;
    return mix_words(load_pair(at), load_pair(at + stride), weight);
}

/// The pixels at two positions. `fractions` are the low halves of x0, y0, x1, y1: kept beside the
/// positions themselves, because building such a vector anew costs more than the interpolation.
inline Bytes8 sample_two(const uint8_t* pixels, std::size_t stride, int64_t x0, int64_t y0,
                         int64_t x1, int64_t y1, Fractions fractions) {
    const auto weights = std::bit_cast<Words8>(fractions >> 24);
    const Words8 a = column_pair(pixels, stride, x0, y0,
                                 __builtin_shufflevector(weights, weights, 2, 2, 2, 2, 2, 2, 2, 2));
    const Words8 b = column_pair(pixels, stride, x1, y1,
                                 __builtin_shufflevector(weights, weights, 6, 6, 6, 6, 6, 6, 6, 6));
    const Words8 left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
    const Words8 right = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    const Words8 weight = __builtin_shufflevector(weights, weights, 0, 0, 0, 0, 4, 4, 4, 4);
    return __builtin_convertvector(mix_words(left, right, weight), Bytes8);
}

/// Writes `n` pixels; every position touched must lie within the bordered picture.
CLOSET_TARGET_CLONES
void sample_row(uint8_t* __restrict out, const uint8_t* __restrict pixels, std::size_t stride,
                Walk walk, int n) {
    int64_t x1 = walk.x + walk.step_x;
    int64_t y1 = walk.y + walk.step_y;
    const int64_t step_x = 2 * walk.step_x;
    const int64_t step_y = 2 * walk.step_y;
    Fractions fractions{static_cast<uint32_t>(walk.x), static_cast<uint32_t>(walk.y),
                        static_cast<uint32_t>(x1), static_cast<uint32_t>(y1)};
    const Fractions step{static_cast<uint32_t>(step_x), static_cast<uint32_t>(step_y),
                         static_cast<uint32_t>(step_x), static_cast<uint32_t>(step_y)};
    for (; n >= 2; n -= 2, out += 8) {
        const Bytes8 two = sample_two(pixels, stride, walk.x, walk.y, x1, y1, fractions);
        std::memcpy(out, &two, 8);
        walk.x += step_x;
        walk.y += step_y;
        x1 += step_x;
        y1 += step_y;
        fractions += step;
    }
    if (n == 1) {  // the second position would lie beyond the span: take the first one twice
        const Bytes8 two = sample_two(pixels, stride, walk.x, walk.y, walk.x, walk.y, fractions);
        std::memcpy(out, &two, 4);
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

/// The source pixels that one pixel of the result covers, along one direction.
struct Cover {
    int first = 0, last = 0;                  ///< inclusive
    float first_weight = 1, last_weight = 1;  ///< share of the outer pixels that is covered
    float weight(int i) const { return i == first ? first_weight : i == last ? last_weight : 1.0F; }
};

std::vector<Cover> covers(int source, int target) {
    std::vector<Cover> result(static_cast<std::size_t>(target));
    const double scale = static_cast<double>(source) / target;
    for (int i = 0; i < target; ++i) {
        const double begin = i * scale;
        const double end = i + 1 == target ? source : (i + 1) * scale;
        Cover& cover = result[static_cast<std::size_t>(i)];
        cover.first = std::min(static_cast<int>(begin), source - 1);
        cover.last = std::clamp(static_cast<int>(std::ceil(end)) - 1, cover.first, source - 1);
        cover.first_weight = static_cast<float>(std::min(cover.first + 1.0, end) - begin);
        cover.last_weight =
            cover.last == cover.first ? cover.first_weight : static_cast<float>(end - cover.last);
    }
    return result;
}

/// One source row shrunk horizontally: 4 floats a pixel, colors times alpha.
void shrink_row(const cv::Vec4b* source, const std::vector<Cover>& columns,
                std::vector<cv::Vec4f>& out) {
    for (std::size_t x = 0; x < columns.size(); ++x) {
        const Cover& cover = columns[x];
        cv::Vec4f sum(0, 0, 0, 0);
        for (int i = cover.first; i <= cover.last; ++i) {
            const cv::Vec4b& p = source[i];
            const float a = cover.weight(i) * static_cast<float>(p[3]);
            sum += cv::Vec4f(static_cast<float>(p[0]) * a, static_cast<float>(p[1]) * a,
                             static_cast<float>(p[2]) * a, a);
        }
        out[x] = sum;
    }
}

std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
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

cv::Mat resize_area(const cv::Mat& source, cv::Size size) {
    CV_Assert(source.type() == CV_8UC4 && size.width >= 1 && size.height >= 1 &&
              size.width <= source.cols && size.height <= source.rows);
    const std::vector<Cover> columns = covers(source.cols, size.width);
    const std::vector<Cover> rows = covers(source.rows, size.height);
    const auto area = static_cast<float>(source.total()) / static_cast<float>(size.area());

    cv::Mat result(size, CV_8UC4);
    std::vector<cv::Vec4f> row(columns.size());
    std::vector<cv::Vec4f> sum(columns.size());
    int loaded = -1;
    for (int y = 0; y < size.height; ++y) {
        const Cover& cover = rows[static_cast<std::size_t>(y)];
        std::fill(sum.begin(), sum.end(), cv::Vec4f(0, 0, 0, 0));
        for (int i = cover.first; i <= cover.last; ++i) {
            if (i != loaded) {  // the row that two results share is shrunk once
                shrink_row(source.ptr<cv::Vec4b>(i), columns, row);
                loaded = i;
            }
            const float weight = cover.weight(i);
            for (std::size_t x = 0; x < row.size(); ++x) {
                sum[x] += row[x] * weight;
            }
        }
        auto* out = result.ptr<cv::Vec4b>(y);
        for (std::size_t x = 0; x < sum.size(); ++x) {
            const float a = sum[x][3];
            const float scale = a > 0 ? 1.0F / a : 0.0F;
            out[x] = {to_byte(sum[x][0] * scale), to_byte(sum[x][1] * scale),
                      to_byte(sum[x][2] * scale), to_byte(a / area)};
        }
    }
    return result;
}

void bleed_color(cv::Mat& rgba) {
    CV_Assert(rgba.type() == CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y) {
        for (int x = 0; x < rgba.cols; ++x) {
            auto& pixel = rgba.at<cv::Vec4b>(y, x);
            if (pixel[3] != 0) {
                continue;
            }
            std::array<int, 3> sum{};
            int weight = 0;
            for (int ny = std::max(y - 1, 0); ny <= std::min(y + 1, rgba.rows - 1); ++ny) {
                for (int nx = std::max(x - 1, 0); nx <= std::min(x + 1, rgba.cols - 1); ++nx) {
                    const auto& near = rgba.at<cv::Vec4b>(ny, nx);
                    weight += near[3];
                    for (std::size_t c = 0; c < 3; ++c) {
                        sum[c] += near[static_cast<int>(c)] * near[3];
                    }
                }
            }
            for (std::size_t c = 0; c < 3 && weight != 0; ++c) {
                pixel[static_cast<int>(c)] =
                    static_cast<std::uint8_t>((sum[c] + weight / 2) / weight);
            }
        }
    }
}

}  // namespace closet
