#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// What a top and trousers that are worn together leave between them, by columns of the grid.
class BetweenGarments {
  public:
    /// `uncut` is the alpha of both, CV_8UC1 of the grid.
    explicit BetweenGarments(const cv::Mat& uncut);

    bool holds(int x, int y) const {
        const cv::Range& rows = covered_[static_cast<std::size_t>(x)];
        return y > rows.start && y < rows.end;
    }

  private:
    std::vector<cv::Range> covered_;  ///< the first and the last covered row
};

/// Y Cb Cr in `part` of the grid, of a belly of the color of `skin`; `belly` (CV_8UC1 of the grid)
/// is where it is.
void paint_belly(const GridView& view, const cv::Mat& belly, cv::Rect part, const cv::Vec3f& skin,
                 cv::Mat3f& colors);

}  // namespace closet::removal
