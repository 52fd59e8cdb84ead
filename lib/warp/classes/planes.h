#pragma once

#include <cstddef>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace closet::classes {

/// A register of four numbers (GCC's and Clang's vector types).
using Four [[gnu::vector_size(16)]] = float;

/// `kCount` pictures of floats of one size, one behind the other, kept between calls.
template <std::size_t kCount>
struct Planes {
    int rows = 0, cols = 0;
    std::vector<float> values;  ///< plane by plane, row by row; grows, never shrinks

    void create(int new_rows, int new_cols) {
        rows = new_rows;
        cols = new_cols;
        if (values.size() < kCount * size()) {
            values.resize(kCount * size());
        }
    }
    /// Numbers of one plane.
    std::size_t size() const {
        return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
    }
    float* plane(std::size_t k) { return values.data() + k * size(); }
    const float* plane(std::size_t k) const { return values.data() + k * size(); }
    float* row(std::size_t k, int y) { return plane(k) + offset(y); }
    const float* row(std::size_t k, int y) const { return plane(k) + offset(y); }
    /// The same numbers as one row of a picture, for functions of OpenCV.
    cv::Mat flat() { return {1, static_cast<int>(kCount * size()), CV_32FC1, values.data()}; }

    std::size_t offset(int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(cols);
    }
};

/// Of each row the pixels that count; empty where none does.
using Spans = std::vector<cv::Range>;

/// Those and at least `by` pixels all around, as far as they lie within `cols` columns.
Spans grown(const Spans& spans, int by, int cols);

/// Means of the squares of 2 `radius` + 1 pixels around each pixel of a plane, as far as they lie
/// in it. `radius`: at least 1.
class BoxMean {
  public:
    /// What is not in `spans` (one a row) counts as 0, and becomes 0. `to` may be `from`, not
    /// `times`: a plane to multiply with before; null: nothing.
    void operator()(const float* from, const Spans& spans, int cols, int radius, float* to,
                    const float* times = nullptr);

  private:
    std::size_t width_ = 0, reach_ = 0;  ///< of what is kept
    std::vector<float> room_, shares_;
};

}  // namespace closet::classes
