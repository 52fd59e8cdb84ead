#pragma once

#include <array>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// Where what covers the legs begins, parts and ends, in pixels of the picture it was found in.
/// Pairs are indexed by PictureSide.
struct LowerAnchors {
    bool legs = false;                 ///< each leg is covered by itself; else it hangs around both
    std::array<cv::Point2d, 2> waist;  ///< on the outline, where the wearer's waist is
    std::array<cv::Point2d, 2> hip;    ///< on the outline, at the height of the hip joints
    cv::Point2d crotch;                ///< where the legs part
    std::array<cv::Point2d, 2> end;    ///< middle of each leg's hem; the lower corners of a skirt
    double axis = 0;                   ///< x of the symmetry axis

    /// x of what parts both legs, at and below the crotch.
    double parting(double y) const;
    /// The leg that a point is on or above.
    PictureSide leg_of(cv::Point2d p) const {
        return p.x < parting(p.y) ? PictureSide::kLeft : PictureSide::kRight;
    }
    /// How far a point is below the line from the hip to the crotch, where a leg begins, in lengths
    /// of that line; negative above.
    double onto_leg(cv::Point2d p, PictureSide leg) const;
};

/// The garment's anchors, those that are missing found on its outline: `visible` is CV_8UC1 (255 =
/// garment, not empty) at `scale` times the garment's size, and so are the results. Throws
/// ConfigError where anchors cross: left of right, or a lower one above a higher one.
LowerAnchors find_lower_anchors(const Garment& garment, const cv::Mat& visible, double scale);

/// A point of what hangs below the waist.
struct LowerPoint {
    double row = 0;     ///< index into LowerChart::rows, fractional
    double across = 0;  ///< -1 at the picture-left edge of all, 0 on the axis, 1 at the right one
    PictureSide leg = PictureSide::kLeft;  ///< that it is on or above
    double on_leg = 0;     ///< -1 at the picture-left edge of that leg .. 1 at the right one
    double leg_share = 0;  ///< how far it follows the leg instead of the pelvis, 0..1
    double share = 1;      ///< how far it follows all this instead of the torso, 0..1
};

/// What covers hips and legs as it lies in the garment's picture; lengths in chart pixels.
struct LowerChart {
    struct Row {
        double y = 0;
        double left = 0, right = 0;     ///< x of both edges
        std::array<double, 2> inner{};  ///< x of each leg's inner edge; at the parting above
    };

    /// `rows_y`: where the rows lie, ascending, evenly spaced, at least two; `with_torso`: the
    /// torso is covered as well. `visible` as find_lower_anchors has it.
    LowerChart(const LowerAnchors& found, const cv::Mat& visible, const std::vector<double>& rows_y,
               bool with_torso);

    /// The coordinates of a point in chart pixels, of a leg or above it.
    LowerPoint at(cv::Point2d p, PictureSide leg) const;
    /// Index into `rows` of a height, fractional.
    double row_of(double y) const { return (y - rows.front().y) / (rows[1].y - rows[0].y); }

    LowerAnchors anchors;
    bool with_torso = false;
    double waist_y = 0, hip_y = 0, end_y = 0;
    double waist_width = 1, hip_width = 1;
    std::vector<Row> rows;
};

}  // namespace closet::mesh
