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
#include "warp/paint/blur_plane.h"
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

/// Those of `n` rows of a patch from `row` on that are seen, joined; `all` where nobody knows.
pixel_row::Span seen_in(const Patch& patch, int row, int n, pixel_row::Span all) {
    pixel_row::Span seen;
    for (int y = row; y < row + n && !patch.seen.empty(); ++y) {
        seen = joined(seen, patch.seen[static_cast<std::size_t>(y)]);
    }
    return patch.seen.empty() ? all : seen;
}

/// Mean alpha of step x step pixels of a part of a patch, and 255 in `closed` where all of them are
/// opaque.
void shrink_alpha(const Patch& patch, const cv::Rect& part, int step, cv::Mat& small,
                  cv::Mat& closed) {
    small.create(part.height / step, part.width / step, CV_8UC1);
    closed.create(small.size(), CV_8UC1);
    std::vector<std::uint16_t> sums(static_cast<std::size_t>(part.width));
    const int area = step * step;
    const auto left = static_cast<std::size_t>(part.x);
    const auto of_step = static_cast<std::size_t>(step);
    for (int j = 0; j < small.rows; ++j) {
        const int y = part.y + step * j;
        const pixel_row::Span seen = seen_in(patch, y, step, {left, left + sums.size()});
        // Whole cells around what is seen.
        const std::size_t begin = (std::max(seen.begin, left) - left) / of_step;
        const std::size_t end =
            seen.empty() || seen.end <= left
                ? 0
                : std::min((seen.end - left + of_step - 1) / of_step, sums.size() / of_step);
        auto* out = small.ptr(j);
        auto* is_closed = closed.ptr(j);
        std::fill_n(out, small.cols, std::uint8_t{0});
        std::fill_n(is_closed, small.cols, std::uint8_t{0});
        if (begin >= end) {
            continue;
        }
        sum_alpha(patch.rgba.ptr(y) + 4 * (left + of_step * begin), patch.rgba.step, step,
                  of_step * (end - begin), sums.data());
        const std::uint16_t* from = sums.data();
        for (std::size_t i = begin; i < end; ++i, from += step) {
            const int sum = std::accumulate(from, from + step, 0);
            out[i] = static_cast<std::uint8_t>((sum + area / 2) / area);
            is_closed[i] = sum == 255 * area ? 255 : 0;
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

/// A row of a shadow, enlarged across, and where it is not 0.
struct WideShadow {
    int row = -1;
    pixel_row::Span seen;
    std::vector<std::uint16_t> sums;

    void read(const cv::Mat& shadow, int j, int step) {
        if (row == j) {
            return;
        }
        row = j;
        const std::uint8_t* from = shadow.ptr(j);
        const auto width = static_cast<std::size_t>(shadow.cols);
        seen = {0, width};
        while (seen.begin < seen.end && from[seen.begin] == 0) {
            ++seen.begin;
        }
        while (seen.end > seen.begin && from[seen.end - 1] == 0) {
            --seen.end;
        }
        if (seen.empty()) {
            std::fill(sums.begin(), sums.end(), std::uint16_t{0});
            return;
        }
        // Interpolation carries samples beyond their own pixels.
        const auto of_step = static_cast<std::size_t>(step);
        seen.begin = of_step * (seen.begin - std::min<std::size_t>(seen.begin, 1));
        seen.end = of_step * std::min(seen.end + 1, width);
        pixel_row::widen(from, step, width, sums.data());
    }
};

/// Lays black of `share` / 256 x `shadow` (a `step`th of the size) under the colors of a part of a
/// patch, except where it is `closed`.
void lay_under(Patch& patch, const cv::Rect& part, const cv::Mat& shadow, const cv::Mat& closed,
               int step, int share) {
    std::array<WideShadow, 2> rows;  // even, odd
    const auto of_step = static_cast<std::size_t>(step);
    std::vector<std::uint16_t> sums(of_step * static_cast<std::size_t>(shadow.cols));
    for (auto& row : rows) {
        row.sums.resize(sums.size());
    }
    for (int y = 0; y < part.height; ++y) {
        const int j = y / step;
        const int phase = y % step;
        const int beside = std::clamp(2 * phase < step ? j - 1 : j + 1, 0, shadow.rows - 1);
        WideShadow& near = rows[static_cast<std::size_t>(j % 2)];
        WideShadow& far = rows[static_cast<std::size_t>(beside % 2)];
        near.read(shadow, j, step);
        far.read(shadow, beside, step);
        const pixel_row::Span seen = joined(near.seen, far.seen);
        if (seen.empty()) {
            continue;
        }
        std::uint8_t* row = patch.rgba.ptr(part.y + y) + 4 * std::ptrdiff_t{part.x};
        const std::uint8_t* is_closed = closed.ptr(j);
        for (std::size_t cell = seen.begin / of_step; cell < seen.end / of_step;) {
            if (is_closed[cell] != 0) {
                ++cell;
                continue;
            }
            const std::size_t begin = of_step * cell;
            while (cell < seen.end / of_step && is_closed[cell] == 0) {
                ++cell;
            }
            const std::size_t n = of_step * cell - begin;
            pixel_row::between(near.sums.data() + begin, far.sums.data() + begin, step, phase, n,
                               sums.data());
            pixel_row::lay_under(row + 4 * begin, n, sums.data(), pixel_row::weights_of(step),
                                 share);
        }
        if (!patch.seen.empty()) {
            pixel_row::Span& all = patch.seen[static_cast<std::size_t>(part.y + y)];
            const auto left = static_cast<std::size_t>(part.x);
            all = joined(all, {left + seen.begin, left + seen.end});
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
    const cv::Rect visible = visible_part(patch) + patch.where.tl();
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
    const cv::Rect part = where - patch.where.tl();
    shrink_alpha(patch, part, shadow->step, garment_, closed_);
    move_down(garment_, shadow->shift, shadow_);
    blur_plane(shadow_, shadow->sigma, cvRound(3 * shadow->sigma), cv::BORDER_REPLICATE);
    cv::multiply(shadow_, shadow->person, shadow_, 1.0 / 255.0);
    lay_under(patch, part, shadow_, closed_, shadow->step, shadow->share);
}

}  // namespace closet
