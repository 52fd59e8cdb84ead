#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// The visible part of a picture (CV_8UC1, 255 = garment, at least one pixel of it), asked for by
/// rows and columns. Positions beyond the picture mean its border.
class Outline {
  public:
    explicit Outline(const cv::Mat& visible);

    const cv::Rect& box() const { return box_; }

    /// The row at a share of the visible height.
    double row(double share) const { return box_.y + share * (box_.height - 1); }

    /// The first visible row of a column.
    std::optional<double> top(double x) const;

    /// The end of the visible run of a row that holds column `from`, towards a side; `from` itself
    /// where that is not visible.
    double end_of_run(double y, double from, PictureSide side) const;

    /// The median of the rows' centres: where a garment without anchors is symmetric.
    double axis() const;

  private:
    cv::Mat visible_;
    cv::Rect box_;
};

}  // namespace closet::mesh
