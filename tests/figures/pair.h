#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/garment.h"
#include "core/pose.h"

namespace closet::figures {

/// How one warp dresses person 00055 in the T-shirt that she wears, against what is known of it
/// (the README of the shared media: her true silhouette in it, and the corners of its print).
struct PairFigures {
    double iou = 0;        ///< of the silhouettes
    double above_hem = 0;  ///< the same without the rows below the true hem: it is tucked in
    double as_worn = 0;    ///< the same of what the frame is painted with: less what is in front
    double tucked = 0;     ///< the same as `iou`, of the garment cut at the waist
    std::vector<double> print_px;  ///< error of each corner of the print that can be seen, pixels

    double mean_print_px() const;
};

/// Rows below that have no garment: the hem of the tucked T-shirt.
inline constexpr int kTrueHem = 615;

/// `person`: with mask and shape. `truth`: CV_8UC1, 255 where the T-shirt is.
PairFigures measure_pair(const std::string& warp, const PosedFrame& person,
                         const std::shared_ptr<const Garment>& garment, const cv::Mat& truth);

}  // namespace closet::figures
