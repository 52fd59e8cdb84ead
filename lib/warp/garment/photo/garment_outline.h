#pragma once

#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// Points of an outline in the order in which it is walked.
using OutlinePath = std::vector<cv::Point2d>;

/// Every half outline has this many points at equal distances.
inline constexpr int kHalfOutlinePoints = 600;

/// A garment's silhouette at a size that does not depend on the picture's: what anchors are looked
/// for on. Pixel centers are at integers, in the mask as in the picture.
struct GarmentOutline {
    cv::Mat mask;        ///< CV_8UC1, 255 inside: the largest part, with a margin around
    cv::Rect box;        ///< of what is inside
    double axis = 0;     ///< x of the symmetry axis: the median of the rows' centers, and the
                         ///< middle of the mask, so mirroring leaves it where it is
    double top = 0;      ///< y of the upper edge at the axis
    double hem = 0;      ///< y of the lower edge at the axis
    double scale = 1;    ///< pixels of the mask per pixel of the picture
    cv::Point2d origin;  ///< the mask's corner in the picture, in pixels of the picture

    /// A point of the mask in pixels of the picture.
    cv::Point2f to_picture(cv::Point2d point) const;
    /// The point on the other side of the axis, in pixels of the mask.
    cv::Point2d mirror(cv::Point2d point) const { return {2 * axis - point.x, point.y}; }
    double diagonal() const;  ///< of the box, pixels of the mask
};

/// The outline of what is visible (`alpha` CV_8UC1, more than 127); nothing where that is smaller
/// than 32 px in height or width, in which no garment can be made out.
std::optional<GarmentOutline> outline_of(const cv::Mat& alpha);

/// The outline of what is left of, or was added to, an outline's mask: `mask` is of its size, and
/// the picture the same. Nothing where there is too little.
std::optional<GarmentOutline> outline_of_mask(const GarmentOutline& outline, const cv::Mat& mask);

/// The same, left and right swapped.
GarmentOutline mirrored(const GarmentOutline& outline);

/// The way along the outline from the top center over the left of the picture to the hem's center,
/// lightly smoothed; empty where there is no such way.
OutlinePath left_half(const GarmentOutline& outline);

}  // namespace closet
