#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "warp/classes/planes.h"
#include "warp/paint/kernel.h"

namespace closet::classes {
namespace {

constexpr int kLanes = 8;  ///< of a register

/// Sums of kWindow neighbors each: `n` of them. They replace those of another row, which are taken
/// out of the sums of columns.
template <std::size_t kWindow>
CLOSET_INTO_KERNEL void sum_few(const float* __restrict line, std::size_t n,
                                float* __restrict across, float* __restrict column) {
    for (std::size_t i = 0; i < n; ++i) {
        float sum = line[i];
        for (std::size_t k = 1; k < kWindow; ++k) {
            sum += line[i + k];
        }
        column[i] += sum - across[i];
        across[i] = sum;
    }
}

/// Sums of `window` neighbors each: `n` of them, of `n` + `window` - 1 numbers, which are lost.
/// Windows of 1, 2, 4, ... numbers are added up to the one that is asked for. The rest as above.
CLOSET_INTO_KERNEL void sum_many(float* __restrict line, std::size_t n, std::size_t window,
                                 float* __restrict across, float* __restrict column) {
    for (std::size_t i = 0; i < n; ++i) {
        column[i] -= across[i];
    }
    std::fill_n(across, n, 0.0F);
    std::size_t done = 0;
    for (std::size_t size = 1; size <= window; size *= 2) {
        if ((window & size) != 0) {
            const float* __restrict from = line + done;
            for (std::size_t i = 0; i < n; ++i) {
                across[i] += from[i];
            }
            done += size;
        }
        if (2 * size <= window) {
            for (std::size_t i = 0; i + 2 * size < n + window; ++i) {
                line[i] += line[i + size];
            }
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        column[i] += across[i];
    }
}

/// A part of a row is no more: 0, and out of the sums of columns.
CLOSET_INTO_KERNEL void drop(float* __restrict across, float* __restrict column, std::size_t begin,
                             std::size_t end) {
    for (std::size_t x = begin; x < end; ++x) {
        column[x] -= across[x];
        across[x] = 0;
    }
}

/// Room for what is kept on the way, see BoxMean.
struct Room {
    float* line;    ///< `cols` + 2 `radius` numbers
    float* column;  ///< `cols`
    float* ring;    ///< 2 `radius` + 1 rows
    float* shares;  ///< of columns
};

/// What BoxMean does.
CLOSET_TARGET_CLONES
void average(const float* from, const float* times, const cv::Range* spans, std::size_t rows,
             std::size_t cols, std::size_t radius, const Room& room, float* to) {
    const std::size_t window = 2 * radius + 1;
    float* __restrict line = room.line;
    const auto span_of = [&](std::size_t y) {
        return std::pair(static_cast<std::size_t>(spans[y].start),
                         static_cast<std::size_t>(spans[y].end));
    };
    std::fill_n(room.column, cols, 0.0F);
    std::fill_n(room.ring, window * cols, 0.0F);
    for (std::size_t next = 0; next < rows + radius; ++next) {
        // The row that comes in takes the place of the one that goes out.
        float* __restrict across = room.ring + next % window * cols;
        float* __restrict column = room.column;
        std::size_t begin = 0, end = 0;
        if (next < rows) {
            std::tie(begin, end) = span_of(next);
        }
        if (next >= window) {
            const auto [first, last] = span_of(next - window);
            drop(across, column, first, std::min(last, begin));
            drop(across, column, std::max(first, end), last);
        }
        if (begin < end) {
            const std::size_t n = end - begin;
            const float* __restrict in = from + next * cols + begin;
            float* __restrict middle = line + radius;
            std::fill_n(line, radius, 0.0F);
            std::fill_n(middle + n, radius, 0.0F);
            if (times != nullptr) {
                const float* __restrict other = times + next * cols + begin;
                for (std::size_t i = 0; i < n; ++i) {
                    middle[i] = in[i] * other[i];
                }
            } else {
                std::copy_n(in, n, middle);
            }
            if (radius == 1) {
                sum_few<3>(line, n, across + begin, column + begin);
            } else if (radius == 2) {
                sum_few<5>(line, n, across + begin, column + begin);
            } else {
                sum_many(line, n, window, across + begin, column + begin);
            }
        }
        if (next < radius) {
            continue;
        }
        const std::size_t y = next - radius;
        const std::size_t first = y > radius ? y - radius : 0;
        const std::size_t last = std::min(y + radius, rows - 1);
        const float share = 1.0F / static_cast<float>(last - first + 1);
        const float* __restrict shares = room.shares;
        float* __restrict out = to + y * cols;
        const auto [from_x, to_x] = span_of(y);
        std::fill_n(out, from_x, 0.0F);
        for (std::size_t x = from_x; x < to_x; ++x) {
            out[x] = column[x] * (shares[x] * share);
        }
        std::fill_n(out + to_x, cols - to_x, 0.0F);
    }
}

}  // namespace

Spans grown(const Spans& spans, int by, int cols) {
    const auto rows = static_cast<int>(spans.size());
    Spans result(spans.size(), cv::Range(0, 0));
    for (int y = 0; y < rows; ++y) {
        cv::Range& all = result[static_cast<std::size_t>(y)];
        for (int near = std::max(y - by, 0); near <= std::min(y + by, rows - 1); ++near) {
            const cv::Range& one = spans[static_cast<std::size_t>(near)];
            if (!one.empty()) {
                all = all.empty()
                          ? one
                          : cv::Range(std::min(all.start, one.start), std::max(all.end, one.end));
            }
        }
        if (!all.empty()) {
            const int start = std::max(all.start - by, 0), end = all.end + by;
            all = {start / kLanes * kLanes, std::min((end + kLanes - 1) / kLanes * kLanes, cols)};
        }
    }
    return result;
}

void BoxMean::operator()(const float* from, const Spans& spans, int cols, int radius, float* to,
                         const float* times) {
    const auto width = static_cast<std::size_t>(cols);
    const auto reach = static_cast<std::size_t>(radius);
    if (width != width_ || reach != reach_) {
        width_ = width;
        reach_ = reach;
        shares_.resize(width);
        for (std::size_t x = 0; x < width; ++x) {
            const std::size_t first = x > reach ? x - reach : 0;
            shares_[x] = 1.0F / static_cast<float>(std::min(x + reach, width - 1) - first + 1);
        }
        room_.resize((2 * reach + 3) * width + 2 * reach);
    }
    float* ring = room_.data() + width;
    average(from, times, spans.data(), spans.size(), width, reach,
            {ring + (2 * reach + 1) * width, room_.data(), ring, shares_.data()}, to);
}

}  // namespace closet::classes
