#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core/mat.hpp>

#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// What a garment is cut into. Sleeves are indexed by PictureSide: sleeve i is layer i + 1.
inline constexpr std::size_t kTorso = 0;
inline constexpr std::size_t kLayers = 3;

/// Which pixel belongs to which layer.
struct LayerCut {
    cv::Mat label;  ///< CV_8UC1, 0..2 on the visible part (kNothing elsewhere): a partition
    /// CV_8UC1, 255 where a layer is painted: its part and a seam's width of its neighbors where
    /// they are sewn together, so that no gap opens between them; all of its soft outer edge.
    std::array<cv::Mat, kLayers> weight;

    static constexpr int kNothing = 255;
};

/// Cuts the visible part (CV_8UC1, 255 = garment) from shoulder tip to armpit, and from the armpit
/// to the cuff where a sleeve lies against the body.
LayerCut cut_layers(const cv::Mat& visible, const OutlineAnchors& anchors);

}  // namespace closet::mesh
