#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

/// How a shadow is worked out: on every `step`th pixel in both directions of a rectangle.
struct ShadowCast {
    cv::Rect where;    ///< shown pixels; corner and size are multiples of `step`
    int step = 2;      ///< 2, 4 or 8
    double shift = 0;  ///< of the garment's outline downwards, in steps, not negative
    double sigma = 1;  ///< of its blur, in steps
    cv::Mat person;    ///< CV_8UC1, where / step: 255 where the body is on which it falls
    int share = 0;     ///< how black it is, of 256
};

/// The shadow that a garment's edge casts on the body under it: what makes it lie on a person
/// instead of on the picture. The shape of the mesh study: the garment's own outline, blurred by
/// .025 and shifted down by .02 shoulder widths, on the person's mask only.
class ContactShadow {
  public:
    static constexpr float kStrength = 0.18F;

    /// The part of a picture that a garment (shown pixels, not empty) and its shadow may cover, up
    /// to seven pixels beyond the picture. `unit` is the shoulder width.
    static cv::Rect room(const cv::Rect& garment, double unit, cv::Size picture);

    /// How a shadow of `strength` (0..1) is worked out on `where` (shown pixels, x and y not
    /// negative) and up to seven pixels around; nothing without a mask or shoulders.
    static std::optional<ShadowCast> cast(const Wearer& wearer, const cv::Rect& where,
                                          float strength);

    /// Lays black of up to `strength` (0..1) under the garment. The patch lies within the frame,
    /// except for an odd last row or column. Where it is too small for the shadow (`room`), it
    /// grows; its pixels then belong to this object and stay valid until its next call. Changes
    /// nothing without a mask or shoulders.
    void add(Patch& patch, const Wearer& wearer, cv::Size picture, float strength);

  private:
    cv::Mat canvas_;                     ///< pixels of the last grown patch; never shrinks
    cv::Mat garment_, closed_, shadow_;  ///< half to an eighth of the size, CV_8UC1
};

}  // namespace closet
