#include "warp/occlusion/contact_shadow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <optional>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/paint/kernel.h"
#include "warp/paint/pixel_row.h"

namespace closet {
namespace {

constexpr double kBlur = 0.025, kShift = 0.02;  ///< shoulder widths, the mesh study's
constexpr double kReach = 3.0;                  ///< of the blur, in standard deviations
/// From this shoulder width on, in pixels, the blur is wide enough for quarter size.
constexpr double kQuarterFrom = 100.0;
/// And from this one on for an eighth.
constexpr double kEighthFrom = 240.0;
/// Shrinking and enlarging blur by themselves; in square pixels, more at an eighth than at a
/// quarter: step * step / 12 by the mean, and twice that by interpolation.
constexpr double kMoreAtEighth = (8 * 8 - 4 * 4) / 4.0;
/// A larger blur costs time and shows nothing: a shoulder width of 2000 pixels.
constexpr double kLargestUnit = 2000.0;

/// Sums of alpha of `step` rows of `n` pixels, `stride` bytes apart.
CLOSET_TARGET_CLONES
void sum_alpha(const std::uint8_t* __restrict rows, std::size_t stride, int step, std::size_t n,
               std::uint16_t* __restrict sums) {
    std::fill_n(sums, n, std::uint16_t{0});
    for (int y = 0; y < step; ++y, rows += stride) {
        for (std::size_t i = 0; i < n; ++i) {
            std::uint32_t pixel;
            std::memcpy(&pixel, rows + 4 * i, sizeof pixel);
            sums[i] = static_cast<std::uint16_t>(sums[i] + (pixel >> 24));
        }
    }
}

/// Mean alpha of step x step pixels.
void shrink_alpha(const cv::Mat& rgba, int step, cv::Mat& small) {
    small.create(rgba.rows / step, rgba.cols / step, CV_8UC1);
    std::vector<std::uint16_t> sums(static_cast<std::size_t>(rgba.cols));
    const int area = step * step;
    for (int j = 0; j < small.rows; ++j) {
        sum_alpha(rgba.ptr(step * j), rgba.step, step, sums.size(), sums.data());
        auto* out = small.ptr(j);
        const std::uint16_t* from = sums.data();
        for (int i = 0; i < small.cols; ++i, from += step) {
            out[i] = static_cast<std::uint8_t>(std::accumulate(from, from + step, area / 2) / area);
        }
    }
}

/// Shadows are worked out on every eighth, fourth or second pixel in both directions.
int step_of(double unit) {
    return unit >= kEighthFrom ? 8 : unit >= kQuarterFrom ? 4 : 2;
}

/// The rectangle with corner and size in multiples of `step` that holds `rect`, at x, y >= 0.
cv::Rect aligned(const cv::Rect& rect, int step) {
    const cv::Point low(rect.x / step * step, rect.y / step * step);
    const cv::Point high((rect.br().x + step - 1) / step * step,
                         (rect.br().y + step - 1) / step * step);
    return {low, high};
}

/// Lays black of `share` / 256 x `shadow` (a `step`th of the size) under the patch's colors.
void lay_under(cv::Mat& rgba, const cv::Mat& shadow, int step, int share) {
    const auto width = static_cast<std::size_t>(shadow.cols);
    const auto all = static_cast<std::size_t>(step) * width;
    /// A row, enlarged across, and where it is not 0.
    struct WideRow {
        int row = -1;
        std::size_t begin = 0, end = 0;
        std::vector<std::uint16_t> sums;
    };
    std::array<WideRow, 2> rows;  // even, odd
    const auto wide = [&](int j) -> const WideRow& {
        WideRow& one = rows[static_cast<std::size_t>(j % 2)];
        if (one.row != j) {
            const std::uint8_t* from = shadow.ptr(j);
            one.row = j;
            one.begin = 0;
            one.end = width;
            while (one.begin < one.end && from[one.begin] == 0) {
                ++one.begin;
            }
            while (one.end > one.begin && from[one.end - 1] == 0) {
                --one.end;
            }
            // Interpolation carries samples beyond their own pixels.
            const auto of_step = static_cast<std::size_t>(step);
            const bool is_empty = one.begin >= one.end;
            one.begin = is_empty ? all : of_step * (one.begin - std::min<std::size_t>(one.begin, 1));
            one.end = is_empty ? 0 : of_step * std::min(one.end + 1, width);
            one.sums.resize(all);
            pixel_row::widen(from, step, width, one.sums.data());
        }
        return one;
    };
    std::vector<std::uint16_t> sums(all);
    for (int y = 0; y < rgba.rows; ++y) {
        const int j = y / step;
        const int phase = y % step;
        const int beside = std::clamp(2 * phase < step ? j - 1 : j + 1, 0, shadow.rows - 1);
        const WideRow& near = wide(j);
        const WideRow& far = wide(beside);
        const std::size_t begin = std::min(near.begin, far.begin);
        const std::size_t end = std::max(near.end, far.end);
        if (begin < end) {
            pixel_row::between(near.sums.data() + begin, far.sums.data() + begin, step, phase,
                               end - begin, sums.data());
            pixel_row::lay_under(rgba.ptr(y) + 4 * begin, end - begin, sums.data(),
                                 pixel_row::weights_of(step), share);
        }
    }
}

/// Moves a plane down by `rows` samples, edges repeated.
void move_down(const cv::Mat& plane, double rows, cv::Mat& moved) {
    const int whole = cvFloor(rows);
    cv::Mat high;
    cv::copyMakeBorder(plane, high, whole + 1, 0, 0, 0, cv::BORDER_REPLICATE);
    const double share = rows - whole;
    cv::addWeighted(high.rowRange(1, plane.rows + 1), 1 - share, high.rowRange(0, plane.rows),
                    share, 0, moved);
}

}  // namespace

cv::Rect ContactShadow::room(const cv::Rect& garment, double unit, cv::Size picture) {
    const double size = std::min(unit, kLargestUnit);
    const double margin = (kReach * kBlur + kShift) * size + 2;
    const cv::Rect2d wide(garment.x - margin, garment.y - margin, garment.width + 2 * margin,
                          garment.height + 2 * margin);
    return aligned(occlusion::even_part(wide, picture) | garment, step_of(size));
}

std::optional<ShadowCast> ContactShadow::cast(const Wearer& wearer, const cv::Rect& where,
                                              float strength) {
    const PersonMask* mask = wearer.pose.mask.get();
    if (!wearer.body || strength <= 0.0F || !occlusion::is_usable(mask)) {
        return std::nullopt;
    }
    const double unit = std::min(wearer.body->unit, kLargestUnit);
    ShadowCast cast;
    cast.step = step_of(unit);
    cast.where = aligned(where, cast.step);
    cast.shift = kShift * unit / cast.step;
    const double more = cast.step == 8 ? kMoreAtEighth : 0.0;
    cast.sigma = std::max(std::sqrt(kBlur * kBlur * unit * unit - more) / cast.step, 0.5);
    cast.share = static_cast<int>(std::lround(strength * 256.0F));
    occlusion::read_person(mask, cast.where, cast.person, cast.step);
    return cast;
}

void ContactShadow::add(Patch& patch, const Wearer& wearer, cv::Size picture, float strength) {
    const cv::Rect visible = visible_part(patch.rgba) + patch.where.tl();
    if (!wearer.body || visible.empty()) {
        return;
    }
    const std::optional<ShadowCast> shadow =
        cast(wearer, room(visible, wearer.body->unit, picture), strength);
    if (!shadow) {
        return;
    }
    const cv::Rect& where = shadow->where;
    if ((where & patch.where) != where) {
        const cv::Rect all = where | patch.where;
        if (canvas_.rows < all.height || canvas_.cols < all.width) {
            canvas_.create(std::max(canvas_.rows, all.height), std::max(canvas_.cols, all.width),
                           CV_8UC4);
        }
        cv::Mat grown = canvas_({0, 0, all.width, all.height});
        const cv::Rect inner = patch.where - all.tl();
        cv::copyMakeBorder(patch.rgba, grown, inner.y, all.height - inner.br().y, inner.x,
                           all.width - inner.br().x, cv::BORDER_CONSTANT | cv::BORDER_ISOLATED,
                           cv::Scalar::all(0));
        patch = {all, grown, patch.is_native};
    }
    cv::Mat rgba = patch.rgba(where - patch.where.tl());

    shrink_alpha(rgba, shadow->step, garment_);
    move_down(garment_, shadow->shift, shadow_);
    cv::GaussianBlur(shadow_, shadow_, {}, shadow->sigma, shadow->sigma, cv::BORDER_REPLICATE);
    cv::multiply(shadow_, shadow->person, shadow_, 1.0 / 255.0);
    lay_under(rgba, shadow_, shadow->step, shadow->share);
}

}  // namespace closet
