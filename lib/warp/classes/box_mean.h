#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace closet::classes {

/// A register of four numbers (GCC's and Clang's vector types).
using Four [[gnu::vector_size(16)]] = float;

/// What is held of a pixel: `kFours` times four numbers.
template <std::size_t kFours>
using Fours = std::array<Four, kFours>;

/// A picture of Fours, kept between calls.
template <std::size_t kFours>
struct FourMap {
    int rows = 0, cols = 0;
    std::vector<Fours<kFours>> values;  ///< row by row; grows, never shrinks

    void create(int new_rows, int new_cols) {
        rows = new_rows;
        cols = new_cols;
        if (values.size() < size()) {
            values.resize(size());
        }
    }
    std::size_t size() const {
        return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
    }
    Fours<kFours>* row(int y) {
        return values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(cols);
    }
    const Fours<kFours>* row(int y) const {
        return values.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(cols);
    }
    /// The same numbers as one row of a picture, for functions of OpenCV.
    cv::Mat flat() { return {1, static_cast<int>(size() * kFours * 4), CV_32FC1, values.data()}; }
};

/// The sum of `from` from a row's or column's pixel to the next, window by window: `at(i)` is a
/// pixel of `from`, `put(i, sum, share)` gets each window's sum and one over its pixels.
template <std::size_t kFours, class At, class Put>
void slide(int length, int radius, const At& at, const Put& put) {
    Fours<kFours> sum{};
    const auto add = [&](int i) {
        for (std::size_t k = 0; k < kFours; ++k) {
            sum[k] += at(i)[k];
        }
    };
    const auto drop = [&](int i) {
        for (std::size_t k = 0; k < kFours; ++k) {
            sum[k] -= at(i)[k];
        }
    };
    for (int i = 0; i < std::min(radius, length); ++i) {
        add(i);
    }
    for (int i = 0; i < length; ++i) {
        if (i + radius < length) {
            add(i + radius);
        }
        if (i - radius > 0) {
            drop(i - radius - 1);
        }
        const int first = std::max(i - radius, 0);
        const int last = std::min(i + radius, length - 1);
        put(i, sum, 1.0F / static_cast<float>(last - first + 1));
    }
}

/// Means of the squares of 2 `radius` + 1 pixels around each pixel, as far as they lie in the
/// picture. `between` is for the rows' means; `to` may be `from`.
template <std::size_t kFours>
void box_mean(const FourMap<kFours>& from, int radius, FourMap<kFours>& between,
              FourMap<kFours>& to) {
    between.create(from.rows, from.cols);
    to.create(from.rows, from.cols);
    for (int y = 0; y < from.rows; ++y) {
        const Fours<kFours>* in = from.row(y);
        Fours<kFours>* out = between.row(y);
        slide<kFours>(
            from.cols, radius, [&](int x) -> const Fours<kFours>& { return in[x]; },
            [&](int x, const Fours<kFours>& sum, float share) {
                for (std::size_t k = 0; k < kFours; ++k) {
                    out[x][k] = sum[k] * share;
                }
            });
    }
    // Down the columns, a row at a time: neighbors in memory stay neighbors.
    const auto cols = static_cast<std::size_t>(from.cols);
    std::vector<Fours<kFours>> sums(cols);
    const auto each = [&](int y, const auto& use) {
        const Fours<kFours>* row = between.row(y);
        for (std::size_t x = 0; x < cols; ++x) {
            for (std::size_t k = 0; k < kFours; ++k) {
                use(sums[x][k], row[x][k]);
            }
        }
    };
    const auto add = [](Four& sum, Four value) { sum += value; };
    const auto drop = [](Four& sum, Four value) { sum -= value; };
    for (int y = 0; y < std::min(radius, from.rows); ++y) {
        each(y, add);
    }
    for (int y = 0; y < from.rows; ++y) {
        if (y + radius < from.rows) {
            each(y + radius, add);
        }
        if (y - radius > 0) {
            each(y - radius - 1, drop);
        }
        const int first = std::max(y - radius, 0);
        const int last = std::min(y + radius, from.rows - 1);
        const float share = 1.0F / static_cast<float>(last - first + 1);
        Fours<kFours>* out = to.row(y);
        for (std::size_t x = 0; x < cols; ++x) {
            for (std::size_t k = 0; k < kFours; ++k) {
                out[x][k] = sums[x][k] * share;
            }
        }
    }
}

}  // namespace closet::classes
