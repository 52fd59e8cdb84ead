#include "warp/occlusion/view_rows.h"

#include <algorithm>
#include <cmath>

#include "warp/paint/kernel.h"

namespace closet::occlusion {
namespace {

// cv::warpAffine's integers: places are sums of two rounded to 1/1024 pixel, taken to 1/32.
constexpr int kPlaceBits = 10, kShareBits = 5;
constexpr double kPlaceOne = 1 << kPlaceBits;
constexpr std::int32_t kShareOne = 1 << kShareBits;

/// A row of a mask as cv::warpAffine reads it: bilinear, 0 beyond the mask.
void read_line(const cv::Mat& mask, const cv::Matx23d& mask_from_line, int row, cv::Range columns,
               const std::int32_t* across_x, const std::int32_t* across_y, std::uint8_t* line) {
    constexpr std::int64_t kHalf = kPlaceOne / kShareOne / 2;
    const cv::Matx23d& m = mask_from_line;
    const auto begin_x = cv::saturate_cast<int>((m(0, 1) * row + m(0, 2)) * kPlaceOne) + kHalf;
    const auto begin_y = cv::saturate_cast<int>((m(1, 1) * row + m(1, 2)) * kPlaceOne) + kHalf;
    const auto at = [&](std::int64_t x, std::int64_t y) {
        const bool inside = x >= 0 && y >= 0 && x < mask.cols && y < mask.rows;
        return inside ? std::int32_t{mask.ptr(static_cast<int>(y))[x]} : 0;
    };
    for (int i = columns.start; i < columns.end; ++i) {
        const std::int64_t x = (begin_x + across_x[i]) >> (kPlaceBits - kShareBits);
        const std::int64_t y = (begin_y + across_y[i]) >> (kPlaceBits - kShareBits);
        const auto right = static_cast<std::int32_t>(x & (kShareOne - 1));
        const auto down = static_cast<std::int32_t>(y & (kShareOne - 1));
        const std::int64_t left = x >> kShareBits, top = y >> kShareBits;
        std::array<std::int32_t, 4> near;
        if (left >= 0 && top >= 0 && left + 1 < mask.cols && top + 1 < mask.rows) {
            const std::uint8_t* from = mask.ptr(static_cast<int>(top)) + left;
            near = {from[0], from[1], from[mask.step], from[mask.step + 1]};
        } else {
            near = {at(left, top), at(left + 1, top), at(left, top + 1), at(left + 1, top + 1)};
        }
        const std::int32_t above = near[0] * (kShareOne - right) + near[1] * right;
        const std::int32_t below = near[2] * (kShareOne - right) + near[3] * right;
        line[i] = static_cast<std::uint8_t>(
            (above * (kShareOne - down) + below * down + kShareOne * kShareOne / 2) >>
            (2 * kShareBits));
    }
}

/// Twice as many pixels across as cv::resize makes them (INTER_LINEAR), before it rounds, times
/// 128: 2 n from the one on that lies before pixel 1 of `line`.
CLOSET_TARGET_CLONES
void widen(const std::uint8_t* __restrict line, std::size_t n, std::uint16_t* __restrict wide) {
    for (std::size_t k = 0; k < n; ++k) {
        wide[2 * k] = static_cast<std::uint16_t>(32 * line[k] + 96 * line[k + 1]);
        wide[2 * k + 1] = static_cast<std::uint16_t>(96 * line[k + 1] + 32 * line[k + 2]);
    }
}

/// And the rows between: a quarter of the way from `near` to `far`.
CLOSET_TARGET_CLONES
void between_rows(const std::uint16_t* __restrict near, const std::uint16_t* __restrict far,
                  std::size_t n, std::uint8_t* __restrict person) {
    for (std::size_t k = 0; k < n; ++k) {
        person[k] = static_cast<std::uint8_t>(
            ((std::uint32_t{near[k]} * 1536U >> 16) + (std::uint32_t{far[k]} * 512U >> 16) + 2) >>
            2);
    }
}

}  // namespace

void PersonRows::open(const PersonMask* mask, cv::Rect where) {
    mask_ = is_usable(mask) ? mask : nullptr;
    if (mask_ == nullptr) {
        return;
    }
    // As read_person does it.
    const cv::Matx23d& m = mask_->mask_from_shown;
    constexpr int kStep = 2;
    is_coarse_ = 2 * kStep * std::max(std::hypot(m(0, 0), m(1, 0)), std::hypot(m(0, 1), m(1, 1))) <=
                 kFineMask;
    const int every = is_coarse_ ? 2 * kStep : kStep;
    const double middle = (every - 1) / 2.0;
    const double x = where.x - (is_coarse_ ? 2 * kStep : 0) + middle;
    const double y = where.y - (is_coarse_ ? 2 * kStep : 0) + middle;
    mask_from_line_ = {every * m(0, 0), every * m(0, 1), m(0, 0) * x + m(0, 1) * y + m(0, 2),
                       every * m(1, 0), every * m(1, 1), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
    const int width = is_coarse_ ? (where.width / kStep + 1) / 2 + 2 : where.width / kStep;
    across_x_.resize(static_cast<std::size_t>(width));
    across_y_.resize(across_x_.size());
    for (int i = 0; i < width; ++i) {
        const auto k = static_cast<std::size_t>(i);
        across_x_[k] = cv::saturate_cast<int>(mask_from_line_(0, 0) * i * kPlaceOne);
        across_y_[k] = cv::saturate_cast<int>(mask_from_line_(1, 0) * i * kPlaceOne);
    }
    for (Line& line : lines_) {
        line.row = -1;
        line.pixels.resize(across_x_.size());
    }
}

const std::uint8_t* PersonRows::line(int row, cv::Range columns) {
    Line& line = lines_[static_cast<std::size_t>(row % 2)];
    if (line.row != row || columns.start < line.columns.start || columns.end > line.columns.end) {
        constexpr int kMore = 8;  // the next rows look beside these columns
        line.row = row;
        line.columns = {std::max(columns.start - kMore, 0),
                        std::min(columns.end + kMore, static_cast<int>(across_x_.size()))};
        read_line(mask_->probability, mask_from_line_, row, line.columns, across_x_.data(),
                  across_y_.data(), line.pixels.data());
    }
    return line.pixels.data();
}

void PersonRows::read(int row, cv::Range columns, std::uint8_t* person) {
    const int n = columns.size();
    if (n <= 0) {
        return;
    }
    if (mask_ == nullptr) {
        std::fill_n(person, n, std::uint8_t{255});
        return;
    }
    if (!is_coarse_) {
        read_line(mask_->probability, mask_from_line_, row, columns, across_x_.data(),
                  across_y_.data(), person - columns.start);
        return;
    }
    // Pixel i lies a quarter before or behind pixel i / 2 + 1 of the mask as read.
    const int begin = columns.start / 2, skipped = columns.start % 2;
    const auto pairs = static_cast<std::size_t>((columns.end + 1) / 2 - begin);
    const cv::Range coarse(begin, begin + static_cast<int>(pairs) + 2);
    rows_.resize(4 * pairs);
    std::uint16_t* far = rows_.data() + 2 * pairs;
    const int middle = row / 2 + 1;
    widen(line(middle, coarse) + begin, pairs, rows_.data());
    widen(line(row % 2 != 0 ? middle + 1 : middle - 1, coarse) + begin, pairs, far);
    between_rows(rows_.data() + skipped, far + skipped, static_cast<std::size_t>(n), person);
}

bool ViewRows::open(cv::Rect where, const PersonMask* mask, const ShownPicture& frame) {
    view_.where = where;
    if (where.empty()) {
        return false;
    }
    plain_ = frame.geometry.is_plain() ? PlainColors::of(frame.image, where) : std::nullopt;
    if (plain_) {
        view_.colors.create(where.height / 2, where.width / 2, CV_8UC3);
    } else if (!read_colors(frame, where, view_.colors)) {
        return false;
    }
    view_.person.create(view_.colors.size(), CV_8UC1);
    person_.open(mask, where);
    return true;
}

void ViewRows::read(int row, cv::Range columns) {
    if (columns.empty()) {
        return;
    }
    // Whole blocks cost least, where there is room for them.
    constexpr int kBlock = 32;
    columns.end = std::max(columns.end, std::min(columns.start + kBlock, view_.colors.cols));
    columns.start = std::min(columns.start, std::max(columns.end - kBlock, 0));
    if (plain_) {
        plain_->read(row, columns, view_.colors.ptr(row, columns.start));
    }
    person_.read(row, columns, view_.person.ptr(row, columns.start));
}

}  // namespace closet::occlusion
