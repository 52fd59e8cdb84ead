#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

/// The wearer's sides, as the keypoints name them.
enum class Side : std::size_t { kLeft, kRight };
inline constexpr std::array kSides{Side::kLeft, Side::kRight};

/// The coordinate system of a torso in a picture, worked out from shoulders and hips; what is not
/// seen is estimated (Note [Body frame] in body_frame.cpp). Every
/// member depends continuously on the keypoints and their scores, except where left and right
/// shoulder pass each other in profile: there `across` turns round.
struct BodyFrame {
    cv::Point2d middle;    ///< between the shoulder joints, shown pixels
    cv::Point2d down;      ///< unit vector of the spine: from `middle` to between the hips
    cv::Point2d across;    ///< unit vector, perpendicular to `down`, to the wearer's left shoulder
    double unit = 0;       ///< the shoulder width "sw" of all lengths, shown pixels, > 0: what is
                           ///< seen, with the shoulders' depth where hips are seen as well, or half
                           ///< of the torso's length where that is more (turned body)
    double shoulders = 0;  ///< distance of the shoulder joints as seen, shown pixels
    double torso = 0;      ///< from `middle` to between the hips, shown pixels, > 0
    double hips_seen = 0;  ///< 0: the hips are estimated .. 1: they are seen
    std::array<cv::Point2d, 2> shoulder;  ///< joints, shown pixels, indexed by Side
    std::array<cv::Point2d, 2> hip;       ///< joints or estimates, shown pixels, indexed by Side

    cv::Point2d row_top, row_bottom;  ///< see `row`

    /// The point on the spine `v` shoulder widths below `middle` (negative: above).
    cv::Point2d spine(double v) const { return middle + down * (v * unit); }

    /// Unit vector of the torso's horizontal at level `v` (shoulder widths), to the wearer's left:
    /// half way between shoulder axis and perpendicular at the top, turning to a mean of hip axis
    /// and perpendicular at the hips and below.
    cv::Point2d row(double v) const;

    /// The normal of an arm of direction `along` (any length > 0) that points away from the body
    /// when the arm hangs down; unit vector.
    cv::Point2d outer(Side side, cv::Point2d along) const;
};

/// Nothing where a shoulder's score is below `min_score` or not finite, or farther away than
/// `kFarthestPx`, or where both shoulders coincide and no torso tells the size. If neither hips nor
/// head are seen, the body is below the shoulders in the picture, which is upright (Note [Shown
/// pixels]).
std::optional<BodyFrame> body_frame(const Pose& pose, float min_score);

/// How much farther from the camera `point` is than `from`, in shown pixels, negative: nearer; 0
/// where either depth is not finite. MediaPipe promises depths on "roughly the same scale as x",
/// but those of the shoulders are about four times too long: of the two who turn by 90 degrees in
/// Sports2D's demo clip, width and a depth multiplied by 0.22 to 0.27 make up the width seen from
/// the front, at all angles.
double depth_from(const Keypoint& from, const Keypoint& point);
inline constexpr double kDepthScale = 0.25;

/// A coordinate beyond is a network's blunder, in shown pixels; eight times an 8K picture's width.
inline constexpr float kFarthestPx = 65536.0F;

/// Whether a keypoint is sure enough, finite and not absurdly far away.
bool is_reliable(const Keypoint& point, float min_score);

}  // namespace closet
