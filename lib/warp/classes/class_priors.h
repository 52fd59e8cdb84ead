#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "warp/classes/box_mean.h"
#include "warp/classes/label_view.h"
#include "warp/wearer.h"

namespace closet::classes {

/// What each pixel is likely to be before its color is looked at.
class Priors {
  public:
    /// `log_ratios` of skin, hair, upper and lower clothes to the ground, natural logarithms.
    /// `wearer.body` must be known.
    void find(const LabelView& view, const Wearer& wearer, FourMap<1>& log_ratios);

  private:
    cv::Mat anyone_, blurred_, near_;  ///< buffers are kept between calls
    FourMap<2> chances_, between_;     ///< skin, hair, upper, lower; ground
};

/// Pixels of whose class labels and pose are sure, at some distance from its edge: CV_8UC1, not 0.
/// Indexed by Surface.
std::array<cv::Mat, 5> sure_pixels(const LabelView& view, const Wearer& wearer);

}  // namespace closet::classes
