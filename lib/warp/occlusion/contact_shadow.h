#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

/// The shadow that a garment's edge casts on the body under it: what makes it lie on a person
/// instead of on the picture. The shape of the mesh study: the garment's own outline, blurred by
/// .025 and shifted down by .02 shoulder widths, on the person's mask only.
class ContactShadow {
  public:
    static constexpr float kStrength = 0.18F;

    /// The part of a picture that a garment (shown pixels, not empty) and its shadow may cover, up
    /// to three pixels beyond the picture. `unit` is the shoulder width.
    static cv::Rect room(const cv::Rect& garment, double unit, cv::Size picture);

    /// Lays black of up to `strength` (0..1) under the garment. The patch lies within the frame,
    /// except for an odd last row or column. Where it is too small for the shadow (`room`), it
    /// grows; its pixels then belong to this object and stay valid until its next call. Changes
    /// nothing without a mask or shoulders.
    void add(Patch& patch, const Wearer& wearer, cv::Size picture, float strength);

  private:
    cv::Mat canvas_;                     ///< pixels of the last grown patch; never shrinks
    cv::Mat garment_, shadow_, person_;  ///< half or quarter size, CV_8UC1
};

}  // namespace closet
