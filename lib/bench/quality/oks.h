#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/quality/pose_errors.h"

namespace closet::flags {
inline constexpr const char* kLabels = "--labels";
}  // namespace closet::flags

namespace closet::bench {

/// One labeled person: the 17 joints of COCO in shown pixels.
struct LabeledPerson {
    /// A joint.
    struct Point {
        double x = 0, y = 0;
        bool labeled = false;  ///< COCO's v > 0
    };
    std::array<Point, kJointCount> points;
    double area = 0;  ///< of the person's segment, shown pixels squared
};

/// The labeled people of a clip by frame index; frames without an entry are not labeled.
using ClipLabels = std::map<std::int64_t, std::vector<LabeledPerson>>;

/// Reads COCO keypoint annotations of a clip's frames. An image's frame is its "frame_index"; where
/// no image has one, the images in order of their id are frames 0, 1, 2, ... People without a
/// labeled point, and crowds, are passed over. Throws ConfigError naming the file and the place:
/// the file is hostile.
ClipLabels read_labels(const std::filesystem::path& path);

/// Object keypoint similarity, as COCO's evaluation defines it: the mean over labeled joints of
/// exp(-d^2 / (2 area (2 sigma_i)^2)), with COCO's constants for each joint. 0..1.
double oks(const LabeledPerson& label, const Pose& pose);

/// The similarity of the best pose for each labeled person, 0 for somebody overlooked; a pose
/// serves one person.
FrameMetric compare_with_labels(const ClipLabels& labels, const ClipPoses& poses);

}  // namespace closet::bench
