#pragma once

#include <map>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"

namespace closet {

/// What a silhouette tells.
struct FoundAnchors {
    Sleeves sleeves = Sleeves::kShort;
    /// Under the names of anchor_names(), in pixels of the picture, within it. All of them but
    /// cuffs of sleeveless garments and elbows of others than long-sleeved ones; empty where the
    /// silhouette is too small (32 px) to show a garment.
    std::map<std::string, cv::Point2f> anchors;
    /// 0..1: how well both sides agree; below 0.5 the anchors are worth a look.
    float confidence = 0;
    /// What is doubtful, each as a sentence without a full stop for a user; mostly empty.
    std::vector<std::string> warnings;
};

/// Finds the anchors and the kind of a garment, laid flat and seen from the front, in its
/// silhouette: `alpha` is CV_8UC1, more than 127 where the garment is. Left and right are looked
/// for alike, so a mirrored picture has mirrored anchors (within a pixel at 1024 px).
///
/// The neckline is the silhouette's upper edge: of a picture whose inside of the back collar is not
/// removed the anchor `collar` is a guess, at kCollarDepth of the neck's width.
FoundAnchors find_anchors(const cv::Mat& alpha);

/// How deep a round neckline hangs, in parts of the distance of the neck points.
inline constexpr double kCollarDepth = 0.35;

}  // namespace closet
