#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/removal/clean_plate.h"
#include "warp/removal/grid_view.h"

namespace closet::removal {

/// What is behind the person, as far as it is seen beside, remembered, or can be made of both.
class Ground {
  public:
    /// Looks at what is surely ground, none of it where `others` (CV_8UC1 on the grid, not 0) are
    /// in the picture; the plate learns it.
    void look_at(const GridView& view, const cv::Mat& others, CleanPlate& plate);

    /// Whether the ground itself is seen: the pixel has the plate's color, sure enough.
    bool is_plate(const GridView& view, int x, int y) const;

    /// Makes colors for `wanted` (CV_8UC1 on the grid, not 0), all within `part`.
    void fill(const GridView& view, const cv::Mat& wanted, cv::Rect part);

    /// Y Cb Cr, CV_32FC3, of `part` as in `fill`; made wherever it was wanted.
    const cv::Mat3f& colors() const { return colors_; }
    /// Of the same part.
    const Sources& sources() const { return sources_; }
    /// CV_8UC1 of the grid: how the plate knows it (CleanPlate).
    const cv::Mat& seen() const { return seen_; }
    /// Levels by which what is seen beside differs from what is smooth, on average.
    double roughness() const { return roughness_; }
    /// Hands what was filled to the plate, in `painted` (CV_8UC1 on the grid, not 0).
    void keep(const GridView& view, const cv::Mat& painted, CleanPlate& plate) const;

  private:
    cv::Mat sure_;              ///< CV_8UC1 on the grid: 255 where the ground is surely seen
    cv::Mat plate_, seen_;      ///< the plate on the grid
    cv::Mat3f colors_, light_;  ///< of part_; how much lighter it is now than the plate
    Sources sources_;
    cv::Rect part_;
    double roughness_ = 0;
};

}  // namespace closet::removal
