#pragma once

#include <map>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "warp/garment/photo/garment_outline.h"

namespace closet {

/// Anchors of a garment that covers the torso.
struct UpperPart {
    Sleeves sleeves = Sleeves::kShort;
    /// neck, shoulder, armpit, waist, hem, collar, cuffs and elbows as the sleeves have them, in
    /// pixels of the picture; empty where the outline shows none.
    std::map<std::string, cv::Point2f> anchors;
    float confidence = 0;  ///< 0..1: how well both sides agree
    double chest = 0;      ///< distance of the armpits, in pixels of the picture
    double shoulders = 0;  ///< y of the shoulders' ends, in pixels of the picture
    double armhole = 0;    ///< how far the armpits lie below them
    double cuff = 0;       ///< how wide the sleeves end; 0 without sleeves
    std::vector<std::string> warnings;
};

/// How deep a round neckline hangs, in parts of the distance of the neck points.
inline constexpr double kCollarDepth = 0.35;

/// Finds them on the outline of a garment that ends at the hips or not far below.
UpperPart find_upper(const GarmentOutline& outline);

}  // namespace closet
