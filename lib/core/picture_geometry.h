#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "core/av_handles.h"

namespace closet {

/// What is to be done to a stored picture so that it is seen as it was meant: its columns are
/// swapped where it is `mirrored`, then it is turned. Each of the eight ways in which a picture can
/// lie in its rectangle has one such value.
struct Orientation {
    int turn = 0;           ///< degrees clockwise: 0, 90, 180 or 270
    bool mirrored = false;  ///< left and right are swapped, before the turn

    /// The stored picture is shown as it is.
    bool is_upright() const { return turn == 0 && !mirrored; }
    /// Stored rows are seen as columns.
    bool swaps_sides() const { return turn % 180 != 0; }

    /// What undoes it: from what is shown to what is stored.
    Orientation inverse() const { return {mirrored ? turn : (360 - turn) % 360, mirrored}; }

    bool operator==(const Orientation&) const = default;
};

/// What a display matrix (nine 32-bit numbers, as libav has them) asks for. Angles between go to
/// the nearest quarter turn; no or a singular matrix asks for nothing.
Orientation orientation_of(const std::uint8_t* display_matrix, std::size_t bytes);

/// What EXIF's tag "Orientation" asks for: 1..8, others ask for nothing.
Orientation orientation_of_exif(int tag);

/// The display matrix of pictures of `stored` pixels that are to be shown so.
std::array<std::int32_t, 9> display_matrix_of(Orientation orientation, cv::Size stored);

/// "mirrored", "turned by 90 degrees", "mirrored and turned by 90 degrees"; empty where upright.
std::string to_string(Orientation orientation);

/// The size of a stored picture once it is shown.
cv::Size turned(cv::Size stored, Orientation orientation);

/// Shows a stored picture: `target` is created or reused and may not be `stored`. Each element is
/// moved as it is, whatever it holds.
void turn_upright(const cv::Mat& stored, Orientation orientation, cv::Mat& target);

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

    /// Centers of pixels are at integers on both sides.
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

/// Width of a pixel over its height. 1 where it is not told, or is beyond 1:4, which is no camera's
/// but a mistake: a file may claim any ratio.
double pixel_aspect(AVRational sample_aspect_ratio);

/// `outer` after `inner`.
cv::Matx23d compose(const cv::Matx23d& outer, const cv::Matx23d& inner);
cv::Matx23d inverse(const cv::Matx23d& affine);
cv::Point2d apply(const cv::Matx23d& affine, cv::Point2d point);

/// `by` pixels more all around, within a picture of that size.
inline cv::Rect grown(const cv::Rect& rect, int by, cv::Size size) {
    return cv::Rect(rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by) &
           cv::Rect({0, 0}, size);
}

}  // namespace closet
