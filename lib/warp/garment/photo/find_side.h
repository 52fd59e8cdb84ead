#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "warp/garment/photo/find_sleeve.h"
#include "warp/garment/photo/garment_outline.h"

namespace closet {

/// The anchors of the side that is on the left of the picture (the wearer's right), in pixels of
/// the outline's mask.
struct GarmentSide {
    cv::Point2d neck;    ///< where the shoulder seam meets the neckline or a stand collar
    cv::Point2d tip;     ///< outer end of the shoulder
    cv::Point2d armpit;  ///< of garments without sleeves: the lower end of the armhole
    cv::Point2d waist;   ///< where the body is narrowest between armpit and hem, or halfway
    cv::Point2d hem;     ///< lower corner of the body
    bool stand_collar = false;

    bool sleeve = false;  ///< what follows is set only then
    double sleeve_length = 0;
    cv::Point2d cuff_outer, cuff_inner;
    cv::Point2d elbow;  ///< on the sleeve's middle line, where the elbow of a long sleeve is
};

/// Finds them on the outline's left half. `path` is not empty; without a `fold` the garment has no
/// sleeves on this side.
GarmentSide find_side(const GarmentOutline& outline, const OutlinePath& path,
                      const std::optional<SleeveFold>& fold);

/// A side's points in the mirrored outline.
GarmentSide mirrored(const GarmentSide& side, const GarmentOutline& outline);

}  // namespace closet
