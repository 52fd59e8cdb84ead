#pragma once

#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "core/frame.h"
#include "core/orientation.h"

namespace closet {

/// Note [Shown pixels]
/// A stored picture may lie on its side, be mirrored and have pixels that are not square. Whoever
/// looks at people (inference, poses, silhouettes, warps) works in SHOWN pixels: the picture
/// upright, readable, with square pixels, at the size at which neither side loses any. There down
/// is down, left is left, and a length is the same in all directions. Stored pixels are met at the
/// two ends alone: where the view is made of a frame (batch/view.h), and where a warp reads the
/// frame and paints on it (warp/paint/patch.h, warp/occlusion/half_view.h).

/// Where the pixels of a stored picture are seen.
struct PictureGeometry {
    PictureGeometry(cv::Size stored_size, AVRational pixel_aspect, Orientation how_it_lies);

    Orientation orientation;
    cv::Size stored;  ///< pixels as they lie in memory
    cv::Size square;  ///< the same with square pixels, not turned yet
    cv::Size shown;   ///< and upright: the size of the picture in shown pixels

    /// Centres of pixels are at integers on both sides.
    cv::Matx23d shown_from_stored, stored_from_shown;

    bool has_square_pixels() const { return square == stored; }
    /// Shown pixels are the stored ones.
    bool is_plain() const { return has_square_pixels() && orientation.is_upright(); }

    /// The smallest rectangle of stored pixels that covers one of shown pixels.
    cv::Rect stored_around(cv::Rect shown_pixels) const;

    bool operator==(const PictureGeometry& other) const {
        return orientation == other.orientation && stored == other.stored && square == other.square;
    }
};

PictureGeometry geometry_of(const AVFrame& image, Orientation orientation = {});
inline PictureGeometry geometry_of(const Frame& frame) {
    return geometry_of(*frame.image, frame.orientation);
}

/// Width of a pixel over its height. 1 where it is not told, or is beyond 1:4, which is no camera's
/// but a mistake: a file may claim any ratio.
double pixel_aspect(AVRational sample_aspect_ratio);

/// `outer` after `inner`.
cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner);
cv::Matx23d inverse(const cv::Matx23d& affine);
cv::Point2d apply(const cv::Matx23d& affine, cv::Point2d point);

}  // namespace closet
