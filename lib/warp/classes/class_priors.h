#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "warp/classes/label_view.h"
#include "warp/classes/planes.h"
#include "warp/wearer.h"

namespace closet::classes {

/// What each pixel is likely to be before its color is looked at.
class Priors {
  public:
    /// `log_ratios` of skin, hair, upper and lower clothes to the ground, natural logarithms, and
    /// where they may be something else than nearly nothing: far from `somebody` is but ground.
    /// `wearer.body` must be known.
    void find(const LabelView& view, const Wearer& wearer, Planes<4>& log_ratios, Spans& somebody);

  private:
    cv::Mat anyone_, blurred_, near_;  ///< buffers are kept between calls
    Planes<5> chances_;                ///< skin, hair, upper, lower; ground
    BoxMean mean_;
};

/// Pixels of whose class labels and pose are sure, at some distance from its edge: CV_8UC1, not 0.
/// Indexed by Surface.
std::array<cv::Mat, 5> sure_pixels(const LabelView& view, const Wearer& wearer);

}  // namespace closet::classes
