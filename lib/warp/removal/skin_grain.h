#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Invented skin takes its grain, finer than the grid, from a patch of the wearer's own smooth
/// skin: pores and the camera's noise, frame by frame, laid like tiles that are mirrored.
class SkinGrain {
  public:
    /// Where the patch was last, from between the shoulders: what still is skin is taken again.
    using Known = std::optional<cv::Point>;

    SkinGrain(const GridView& view, Known& known);

    /// Where the pixels of a part of the grid take their grain from.
    void set_sources(cv::Rect part, Sources& sources) const;

  private:
    std::optional<cv::Rect> patch_;
};

/// A number for a place that looks like blotches of size 1, -1..1, without jumps.
float blotch_at(float a, float b);

}  // namespace closet::removal
