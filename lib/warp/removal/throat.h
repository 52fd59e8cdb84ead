#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Neck and chest that an old collar hid: the study's region d.
class Throat {
  public:
    explicit Throat(const GridView& view);

    /// 0..1: how much a pixel belongs to neck and shoulders, by the line of the shoulders.
    float inside(cv::Point2d p) const;

    /// Y Cb Cr in `part` of the grid, of skin that is seen around; of `all_skin` (tone_of_all_skin)
    /// where there is too little, and false where there is none.
    bool paint(cv::Rect part, const std::optional<cv::Vec3f>& all_skin, cv::Mat3f& colors) const;

  private:
    float shade_at(cv::Point2d p) const;

    const GridView& view_;
    double neck_half_ = 0;  ///< shoulder widths
};

}  // namespace closet::removal
