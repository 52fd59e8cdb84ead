#pragma once

#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "warp/garment/photo/garment_outline.h"

namespace closet {

/// The first and the last column inside of a row of a mask; `last` is before `first` where there is
/// none.
struct RowSpan {
    int first = 0;
    int last = -1;
    int width() const { return last - first + 1; }
};

/// Of every row of `mask` (CV_8UC1).
std::vector<RowSpan> row_spans(const cv::Mat& mask);

/// The ground between two legs, or what looks like it: a notch from below near the axis, with gaps
/// that go on above it where the legs touch. In pixels of the outline's mask.
struct LegGap {
    double top = 0;     ///< its highest row
    double apex = 0;    ///< where its sides would meet, at or above that row
    double bottom = 0;  ///< its lowest row
    double width = 0;   ///< of its widest row
    /// For every row of the mask what of it is gap; empty spans where there is none.
    std::vector<RowSpan> rows;
};

std::optional<LegGap> find_leg_gap(const GarmentOutline& outline);

/// What kinds are told apart by. Widths are those of rows from the first to the last pixel inside,
/// in pixels of the outline's mask.
struct GarmentShape {
    double height = 0;
    double width = 0;
    double top_width = 0;    ///< of the upper edge, 3 % of the height below it
    double top_dip = 0;      ///< how deep the upper edge hangs below its highest point
    double level_top = 0;    ///< 0..1: how little wider it is a little below the upper edge
    double waisted = 1;      ///< the narrowest row over what is wider above it as well as below
    double below_waist = 0;  ///< what hangs below that row, in its widths
    double waist_row = 0;    ///< that row, from the top
    double waist_width = 0;
    double late_growth = 0;  ///< how much faster it widens below armholes than above, in widths
    double hip_width = 0;    ///< the widest row down to 45 % of the height, or to the gap's top
    double narrowest = 0;    ///< from 12 % to 60 %
    double hem_width = 0;    ///< the widest row of the lowest eighth
    double middle = 0;       ///< what part of the height is inside at the axis
    double symmetry = 0;     ///< overlap (IoU) with its mirror image about the axis
    bool handle = false;     ///< a box with a loop on top
    std::optional<LegGap> gap;
    double middle_line = 1;  ///< see there; not of a silhouette's
};

GarmentShape measure_shape(const GarmentOutline& outline);

}  // namespace closet
