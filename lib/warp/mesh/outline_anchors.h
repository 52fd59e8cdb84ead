#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"

namespace closet::mesh {

/// The sides of a garment's picture; what hangs on the picture's left is worn on the side of the
/// body that is on the left of the frame.
enum class PictureSide : std::size_t { kLeft, kRight };

struct SideAnchors {
    cv::Point2d tip;     ///< on the outline above the armpit: where the shoulder ends
    cv::Point2d neck;    ///< where the shoulder seam meets the neckline
    cv::Point2d armpit;  ///< of sleeveless garments: the lower end of the armhole
    cv::Point2d hem;     ///< lower corner of the body
    cv::Point2d cuff_outer, cuff_inner;  ///< ends of the sleeve; unused without sleeves
};

/// What the charts of a garment are built on, in pixels of the picture it was found in.
struct OutlineAnchors {
    std::array<SideAnchors, 2> side;  ///< indexed by PictureSide
    double axis = 0;                  ///< x of the symmetry axis
    bool sleeves = false;
    bool long_sleeves = false;
};

/// The garment's anchors, those that are missing found on its outline: `visible` is CV_8UC1 (255 =
/// garment) at `scale` times the garment's size, and so are the results. A garment of kind short
/// without armpits, cuffs, or an outline that shows any, is laid on like a sleeveless one.
///
/// Throws ConfigError where anchors cross (left of right, or a lower one above a higher one), or
/// where a long-sleeved garment has no armpit and the outline does not show it.
OutlineAnchors find_outline_anchors(const Garment& garment, const cv::Mat& visible, double scale);

}  // namespace closet::mesh
