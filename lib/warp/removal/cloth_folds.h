#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Folds of lower clothes: what they differ by from what is smooth, on a part of the grid.
class ClothFolds {
  public:
    /// `cloth`: their color, Y Cb Cr. What shows between the legs is called clothes as well.
    ClothFolds(const GridView& view, cv::Rect part, const cv::Vec3f& cloth);

    /// Levels to be added at a place of the grid, fading out where lower clothes end; nothing where
    /// there surely are none.
    std::optional<cv::Vec3f> at(cv::Point place) const;

  private:
    cv::Rect part_;
    cv::Mat sure_;            ///< CV_8UC1
    cv::Mat3f now_, smooth_;  ///< `smooth_` is weighted by `share_`
    cv::Mat1f share_, fade_;
};

}  // namespace closet::removal
