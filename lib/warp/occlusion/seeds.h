#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>
#include <opencv2/imgproc.hpp>

namespace closet::occlusion {

// How limbs and hair are found in a view: pixels with their color are candidates, those in their
// middle are seeds, and what is connected to a seed is theirs.

inline constexpr int kLeastPixels = 12;  ///< that tell a median color

constexpr float square(float v) {
    return v * v;
}

/// The smallest range that holds both.
inline cv::Range joined(const cv::Range& a, const cv::Range& b) {
    return a.empty()   ? b
           : b.empty() ? a
                       : cv::Range(std::min(a.start, b.start), std::max(a.end, b.end));
}

/// Marks of `grow_seeds`.
inline constexpr std::uint8_t kNothing = 0, kCandidate = 1, kSeed = 2, kKept = 255;

/// Sets seeds and the candidates that are connected to them (4 neighbors) to kKept, and all else of
/// some rows to 0. `marks` is CV_8UC1; `reach(y)` is told before rows y are looked at that are
/// none of these, and adds them.
template <class Reach>
void grow_seeds(cv::Mat& marks, const cv::Range& rows, const Reach& reach) {
    std::vector<cv::Point> open;
    // All candidates of a row that hang together at once; those of its neighbors come later.
    const auto take = [&](int x, int y) {
        auto* row = marks.ptr(y);
        int begin = x, end = x + 1;
        while (begin > 0 && row[begin - 1] != kNothing && row[begin - 1] != kKept) {
            --begin;
        }
        while (end < marks.cols && row[end] != kNothing && row[end] != kKept) {
            ++end;
        }
        std::fill(row + begin, row + end, kKept);
        for (const int beside : {y - 1, y + 1}) {
            if (beside < 0 || beside >= marks.rows) {
                continue;
            }
            if (beside < rows.start || beside >= rows.end) {
                reach(beside);
            }
            const auto* near = marks.ptr(beside);
            for (int i = begin; i < end; ++i) {
                const bool is_first = i == begin || near[i - 1] == kNothing || near[i - 1] == kKept;
                if (near[i] != kNothing && near[i] != kKept && is_first) {
                    open.emplace_back(i, beside);
                }
            }
        }
    };
    const cv::Range seeds = rows;
    for (int y = seeds.start; y < seeds.end; ++y) {
        const auto* row = marks.ptr(y);
        const auto* const end = row + marks.cols;
        for (const auto* at = row;
             (at = static_cast<const std::uint8_t*>(
                  std::memchr(at, kSeed, static_cast<std::size_t>(end - at)))) != nullptr;) {
            open.emplace_back(static_cast<int>(at - row), y);
            while (!open.empty()) {
                const cv::Point place = open.back();
                open.pop_back();
                if (marks.at<std::uint8_t>(place) != kKept) {
                    take(place.x, place.y);
                }
            }
        }
    }
    cv::Mat grown = marks.rowRange(rows);
    cv::threshold(grown, grown, kKept - 1, 255, cv::THRESH_BINARY);
}

}  // namespace closet::occlusion
