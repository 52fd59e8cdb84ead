#pragma once

#include <array>
#include <cstddef>

#include <opencv2/core/mat.hpp>

#include "warp/mesh/lower_chart.h"
#include "warp/mesh/outline_anchors.h"

namespace closet::mesh {

/// What a garment is cut into: torso (hips and skirt as well), sleeves and legs. Sleeves and legs
/// are indexed by PictureSide: sleeve i is layer i + 1, leg i is layer i + 3.
inline constexpr std::size_t kTorso = 0;
inline constexpr std::size_t kFirstSleeve = 1, kFirstLeg = 3;
inline constexpr std::size_t kLayers = 5;

/// Which pixel belongs to which layer.
struct LayerCut {
    cv::Mat label;  ///< CV_8UC1, 0..4 on the visible part (kNothing elsewhere): a partition
    /// CV_8UC1, 255 where a layer is painted: its part and a seam's width of its neighbors where
    /// they are sewn together, so that no gap opens between them; all of its soft outer edge.
    std::array<cv::Mat, kLayers> weight;

    static constexpr int kNothing = 255;
};

/// Cuts the visible part (CV_8UC1, 255 = garment) from shoulder tip to armpit, and from the armpit
/// to the cuff where a sleeve lies against the body,
/// and each leg from the hips where `lower` (null: none) has legs. `anchors` is null for garments
/// that leave the torso free.
LayerCut cut_layers(const cv::Mat& visible, const OutlineAnchors* anchors,
                    const LowerAnchors* lower = nullptr);

}  // namespace closet::mesh
