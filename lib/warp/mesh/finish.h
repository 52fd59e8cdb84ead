#pragma once

#include <span>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "warp/mesh/chart.h"

namespace closet::mesh {

/// Clears what lies below a straight line, with an edge one pixel soft. `canvas` is CV_8UC4,
/// premultiplied; `on_line` is in its pixels, `below` a unit vector.
void cut_below(cv::Mat& canvas, cv::Point2d on_line, cv::Point2d below);

/// The contact shadow of a sleeve on what is painted already: darkens `canvas` (CV_8UC4,
/// premultiplied) around the layer's outline, as if the sleeve lay on it. `points` are the layer's
/// vertices in shown pixels, `offset` is the canvas's corner. Close to the `shoulder` (frame
/// pixels), where the sleeve is sewn on, there is none. `unit` is the shoulder width in pixels.
void darken_beside(cv::Mat& canvas, const Layer& layer, std::span<const cv::Point2d> points,
                   cv::Point offset, cv::Point2d shoulder, double unit);

}  // namespace closet::mesh
