#pragma once

#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "warp/mesh/chart.h"

namespace closet::mesh {

/// The side seams of a garment's torso: x of both edges for each row of the chart.
struct Rails {
    std::vector<double> left, right;

    double left_at(double y) const { return look_up<double>(left, y); }
    double right_at(double y) const { return look_up<double>(right, y); }
    /// The median width of the rows just below y.
    double width_below(double y) const;
};

/// Follows the torso layer's edges, goes straight from armpit to shoulder tip, and on from the hem
/// with the last width, smoothed. `label` is LayerCut::label.
Rails find_rails(const cv::Mat& label, const OutlineAnchors& anchors);

/// Measures a sleeve (CV_8UC1, non-zero) between armhole and cuff; nothing where there is too
/// little of it.
std::optional<SleeveChart> find_sleeve(const cv::Mat& region, const SideAnchors& points);

}  // namespace closet::mesh
