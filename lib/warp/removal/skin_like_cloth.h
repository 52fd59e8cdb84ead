#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/removal/grid_view.h"

namespace closet::removal {

/// Sleeves, cuffs and collars that the classes take for skin: of another color than the rest of the
/// clothes and than skin, next to the clothes; nearly of the sleeve's own color; or above a cuff.
class SkinLikeCloth {
  public:
    /// Makes them upper clothes in what `view` looks at, which then belongs to this object until
    /// the next call. `skin`: the usual color, Y Cb Cr.
    void take(const cv::Vec3f& skin, GridView& view);

  private:
    PersonClasses classes_;  ///< with planes of its own where any was found
    cv::Mat found_;          ///< CV_8UC1 on the grid
};

}  // namespace closet::removal
