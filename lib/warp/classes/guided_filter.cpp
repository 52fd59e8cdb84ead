#include "warp/classes/guided_filter.h"

#include <algorithm>
#include <cstdint>

#include <opencv2/core.hpp>

#include "warp/paint/kernel.h"

namespace closet::classes {
namespace {

/// The guide's numbers: shares of lightness, chroma scaled as CIELAB has it.
constexpr std::array<float, 3> kGuideScale{1.0F / 255, 1.0F / 130, 1.0F / 130};

/// Means of 2 x 2 levels, times `scale`: `n` of them.
CLOSET_TARGET_CLONES
void halve(const std::uint8_t* __restrict above, const std::uint8_t* __restrict below,
           std::size_t n, float scale, float* __restrict out) {
    for (std::size_t i = 0; i < n; ++i) {
        const int sum = above[2 * i] + above[2 * i + 1] + below[2 * i] + below[2 * i + 1];
        out[i] = static_cast<float>(sum) * scale;
    }
}

/// Even and odd levels apart, times `scale`: `n` of each.
CLOSET_TARGET_CLONES
void split_row(const std::uint8_t* __restrict levels, std::size_t n, float scale,
               float* __restrict even, float* __restrict odd) {
    for (std::size_t i = 0; i < n; ++i) {
        even[i] = static_cast<float>(levels[2 * i]) * scale;
        odd[i] = static_cast<float>(levels[2 * i + 1]) * scale;
    }
}

/// The inverses of `n` symmetrical 3 x 3 covariances a b c / b d e / c e f with `epsilon` on the
/// diagonal, of means and means of products (9 planes); 6 planes in the same order.
CLOSET_TARGET_CLONES
void invert(const float* __restrict moments, std::size_t n, float epsilon, float* __restrict out) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < n; ++i) {
        const float m0 = moments[i], m1 = moments[n + i], m2 = moments[2 * n + i];
        const float a = moments[3 * n + i] - m0 * m0 + epsilon;
        const float b = moments[4 * n + i] - m0 * m1;
        const float c = moments[5 * n + i] - m0 * m2;
        const float d = moments[6 * n + i] - m1 * m1 + epsilon;
        const float e = moments[7 * n + i] - m1 * m2;
        const float f = moments[8 * n + i] - m2 * m2 + epsilon;
        const float aa = d * f - e * e;
        const float bb = c * e - b * f;
        const float cc = b * e - c * d;
        const float per = 1.0F / (a * aa + b * bb + c * cc);
        out[i] = aa * per;
        out[n + i] = bb * per;
        out[2 * n + i] = cc * per;
        out[3 * n + i] = (a * f - c * c) * per;
        out[4 * n + i] = (b * c - a * e) * per;
        out[5 * n + i] = (a * d - b * b) * per;
    }
}

/// Slopes and offset of one map at `count` pixels, planes `n` apart: `linear` has means of its
/// products with the guide and of itself (4 planes), and gets them.
CLOSET_TARGET_CLONES
void solve(const float* __restrict moments, const float* __restrict inverse, std::size_t n,
           std::size_t count, float* __restrict linear) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < count; ++i) {
        const float m0 = moments[i], m1 = moments[n + i], m2 = moments[2 * n + i];
        const float mean = linear[3 * n + i];
        const float c0 = linear[i] - mean * m0;
        const float c1 = linear[n + i] - mean * m1;
        const float c2 = linear[2 * n + i] - mean * m2;
        const float a0 = c0 * inverse[i] + c1 * inverse[n + i] + c2 * inverse[2 * n + i];
        const float a1 = c0 * inverse[n + i] + c1 * inverse[3 * n + i] + c2 * inverse[4 * n + i];
        const float a2 =
            c0 * inverse[2 * n + i] + c1 * inverse[4 * n + i] + c2 * inverse[5 * n + i];
        linear[i] = a0;
        linear[n + i] = a1;
        linear[2 * n + i] = a2;
        linear[3 * n + i] = mean - a0 * m0 - a1 * m1 - a2 * m2;
    }
}

/// The function of `linear` (4 planes) of the guide (3 planes).
CLOSET_TARGET_CLONES
void apply_linear(const float* __restrict linear, const float* __restrict guide, std::size_t n,
                  float* __restrict out) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = linear[i] * guide[i] + linear[n + i] * guide[n + i] +
                 linear[2 * n + i] * guide[2 * n + i] + linear[3 * n + i];
    }
}

/// Half-size pixel centers lie between two whole ones: weights 3/4 and 1/4. Of the nearer row and
/// the farther one; what is beyond both ends repeats them.
CLOSET_TARGET_CLONES
void mix_rows(const float* __restrict near_row, const float* __restrict far_row, std::size_t n,
              float* __restrict out) {
    for (std::size_t i = 0; i < n; ++i) {
        out[i + 1] = near_row[i] * 0.75F + far_row[i] * 0.25F;
    }
    out[0] = out[1];
    out[n + 1] = out[n];
}

/// The function of four `lines` (as mix_rows gives them, `step` apart) of a row of the guide:
/// `n` even pixels of three colors, then as many odd ones.
CLOSET_TARGET_CLONES
void apply_lines(const float* __restrict lines, std::size_t step, const float* __restrict guide,
                 std::size_t n, float* __restrict out) {
    const float* __restrict l0 = lines;
    const float* __restrict l1 = lines + step;
    const float* __restrict l2 = lines + 2 * step;
    const float* __restrict l3 = lines + 3 * step;
    for (std::size_t i = 0; i < n; ++i) {
        const float own0 = l0[i + 1] * 0.75F, own1 = l1[i + 1] * 0.75F;
        const float own2 = l2[i + 1] * 0.75F, own3 = l3[i + 1] * 0.75F;
        out[2 * i] = (own0 + l0[i] * 0.25F) * guide[i] + (own1 + l1[i] * 0.25F) * guide[n + i] +
                     (own2 + l2[i] * 0.25F) * guide[2 * n + i] + (own3 + l3[i] * 0.25F);
        out[2 * i + 1] = (own0 + l0[i + 2] * 0.25F) * guide[3 * n + i] +
                         (own1 + l1[i + 2] * 0.25F) * guide[4 * n + i] +
                         (own2 + l2[i + 2] * 0.25F) * guide[5 * n + i] + (own3 + l3[i + 2] * 0.25F);
    }
}

}  // namespace

void GuidedFilter::look_at(const cv::Mat& colors, int radius, float epsilon, const Spans& spans) {
    radius_ = radius;
    // Two means of squares carry a map so far, and rows of both sizes lie between each other.
    spans_ = grown(spans, 2 * radius + 1, colors.cols / 2);
    const Spans wide = grown(spans_, radius, colors.cols / 2);
    cv::split(colors, guide_.data());
    half_.create(colors.rows / 2, colors.cols / 2);
    moments_.create(half_.rows, half_.cols);
    const std::size_t size = half_.size();
    for (std::size_t k = 0; k < 3; ++k) {
        for (int y = 0; y < half_.rows; ++y) {
            halve(guide_[k].ptr(2 * y), guide_[k].ptr(2 * y + 1),
                  static_cast<std::size_t>(half_.cols), kGuideScale[k] / 4, half_.row(k, y));
        }
        mean_(half_.plane(k), wide, half_.cols, radius, moments_.plane(k));
    }
    std::size_t product = 3;
    for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = a; b < 3; ++b, ++product) {
            mean_(half_.plane(a), wide, half_.cols, radius, moments_.plane(product),
                  half_.plane(b));
        }
    }
    inverse_.create(half_.rows, half_.cols);
    invert(moments_.plane(0), size, epsilon, inverse_.plane(0));
}

void GuidedFilter::fit(const Planes<4>& maps) {
    linear_.create(half_.rows, half_.cols);
    const std::size_t size = half_.size();
    for (std::size_t map = 0; map < 4; ++map) {
        float* linear = linear_.plane(4 * map);
        for (std::size_t k = 0; k < 4; ++k) {
            mean_(maps.plane(map), spans_, half_.cols, radius_, linear + k * size,
                  k < 3 ? half_.plane(k) : nullptr);
        }
        for (int y = 0; y < half_.rows; ++y) {
            const cv::Range& span = spans_[static_cast<std::size_t>(y)];
            const std::size_t at = half_.offset(y) + static_cast<std::size_t>(span.start);
            solve(moments_.plane(0) + at, inverse_.plane(0) + at, size,
                  static_cast<std::size_t>(span.size()), linear + at);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            mean_(linear + k * size, spans_, half_.cols, radius_, linear + k * size);
        }
    }
}

void GuidedFilter::apply_half(Planes<4>& filtered) const {
    filtered.create(half_.rows, half_.cols);
    for (std::size_t map = 0; map < 4; ++map) {
        apply_linear(linear_.plane(4 * map), half_.plane(0), half_.size(), filtered.plane(map));
    }
}

void GuidedFilter::apply_row(int y, Planes<4>& filtered) {
    const int j = y / 2;
    const cv::Range& span = spans_[static_cast<std::size_t>(j)];
    filtered.create(1, 2 * span.size());
    if (span.empty()) {
        return;
    }
    const auto cols = static_cast<std::size_t>(span.size());
    const std::size_t step = cols + 2;
    lines_.resize(4 * step + 6 * cols);
    float* guide = lines_.data() + 4 * step;
    for (std::size_t k = 0; k < 3; ++k) {
        split_row(guide_[k].ptr(y) + 2 * std::ptrdiff_t{span.start}, cols, kGuideScale[k],
                  guide + k * cols, guide + (k + 3) * cols);
    }
    const int beside = std::clamp(y % 2 == 0 ? j - 1 : j + 1, 0, half_.rows - 1);
    for (std::size_t map = 0; map < 4; ++map) {
        for (std::size_t k = 0; k < 4; ++k) {
            mix_rows(linear_.row(4 * map + k, j) + span.start,
                     linear_.row(4 * map + k, beside) + span.start, cols, lines_.data() + k * step);
        }
        apply_lines(lines_.data(), step, guide, cols, filtered.plane(map));
    }
}

}  // namespace closet::classes
