#pragma once

#include <map>
#include <optional>
#include <string>

#include <opencv2/core/types.hpp>

#include "warp/garment/photo/garment_outline.h"
#include "warp/garment/photo/garment_shape.h"

namespace closet {

/// The waist of a garment that goes on above it, in pixels of the outline's mask.
struct GivenWaist {
    double y = 0;
    double hip_width = 0;  ///< what the hips of who fills it are wide
};

/// Anchors of what hangs from the waist.
struct LowerPart {
    /// In pixels of the picture: waist, hip, and hem of skirts, or crotch,
    /// legs and, where these reach so far, knees of trousers.
    std::map<std::string, cv::Point2f> anchors;
    float confidence = 0;  ///< 0..1: how well both sides agree
    double inseam = 0;     ///< crotch to the legs' ends, in widths of the hips; 0 of skirts
};

LowerPart find_trousers(const GarmentOutline& outline, const GarmentShape& shape,
                        const std::optional<GivenWaist>& waist = {});
LowerPart find_skirt(const GarmentOutline& outline, const GarmentShape& shape,
                     const std::optional<GivenWaist>& waist = {});

}  // namespace closet
