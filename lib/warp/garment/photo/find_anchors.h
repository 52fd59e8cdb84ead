#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "core/garment.h"
#include "warp/garment/photo/guess_kind.h"

namespace closet {

/// What a silhouette tells.
struct FoundAnchors {
    GarmentKind kind = GarmentKind::kTop;
    Sleeves sleeves = Sleeves::kShort;
    bool open_front = false;
    /// Under the names of anchor_names(), in pixels of the picture, within it: those that the kind
    /// has, but no cuffs of sleeveless garments, no elbows of others than long-sleeved ones and no
    /// knees of legs that end above them; empty where the silhouette is too small (32 px) to show a
    /// garment.
    std::map<std::string, cv::Point2f> anchors;
    /// 0..1: how well both sides agree; below 0.5 the anchors are worth a look.
    float confidence = 0;
    /// Of the kind, also where it was given: what the silhouette looks like.
    KindGuess guess;
    /// What is doubtful, each as a sentence without a full stop for a user; mostly empty.
    std::vector<std::string> warnings;
};

/// Finds kind and anchors of a garment, laid flat and seen from the front, in its silhouette:
/// `picture` is R G B A (CV_8UC4) or alpha alone (CV_8UC1), more than 127 where the garment is.
/// Colors tell of a line down the middle, where legs touch or a front is closed. A `kind` that is
/// given is believed. Left and right are looked for alike, so a mirrored picture has mirrored
/// anchors (within a pixel at 1024 px).
///
/// The neckline is the silhouette's upper edge: of a picture whose inside of the back collar is not
/// removed the anchor `collar` is a guess, at kCollarDepth of the neck's width.
FoundAnchors find_anchors(const cv::Mat& picture, std::optional<GarmentKind> kind = {});

}  // namespace closet
