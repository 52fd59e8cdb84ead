#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/pose.h"

namespace closet::bench {

/// Poses of every frame of a clip, in order.
using ClipPoses = std::vector<std::vector<Pose>>;

/// A figure of each frame that may be averaged over any choice of frames: sum of `total` over sum
/// of `weight`. A frame that has nothing to say has weight 0.
struct FrameMetric {
    std::vector<double> total, weight;  ///< one a frame

    /// Without weight for each of `frames` frames.
    explicit FrameMetric(std::size_t frames) : total(frames), weight(frames) {}
    double mean() const;  ///< NaN where no frame has weight
};

/// The length by which errors of a pose are divided: the trunk's, but never less than a fifth of
/// the box's longer side (somebody bent towards the camera), and never less than a pixel.
double body_scale(const Pose& pose);

/// Which pose of `tested` is whose in `reference`: pairs of indices, nearest first, each pose at
/// most once. A pair whose shoulders and hips are on average more than one body scale apart is no
/// pair. Numbers of people are not looked at: two runs number them differently.
std::vector<std::pair<std::size_t, std::size_t>> match_people(std::span<const Pose> reference,
                                                              std::span<const Pose> tested);

/// How the poses of a clip differ from those of a reference, frame by frame.
///
/// Only the 17 joints that all skeletons have are compared, and only those that the reference is
/// sure of (score of at least kSure). People are matched by place (match_people).
struct PoseErrors {
    static constexpr float kSure = 0.3F;
    static constexpr double kPckRadius = 0.1;  ///< PCK@0.1: of the body scale

    FrameMetric error;    ///< distance of a joint over the body scale
    FrameMetric pck;      ///< share of the reference's joints within kPckRadius, those of people
                          ///< who are not there counted as wrong, 0..1
    FrameMetric missing;  ///< share of the reference's people who are not there, 0..1
};

/// Throws std::invalid_argument where the clips differ in length.
PoseErrors compare_poses(const ClipPoses& reference, const ClipPoses& tested);

/// How restless the poses are: the length of a joint's second difference over time,
/// |p(i-1) - 2 p(i) + p(i+1)|, over the body scale, for people seen under one number in three
/// frames in a row. Motion counts too: only the difference of two runs over one clip says
/// something.
FrameMetric jitter(const ClipPoses& poses);

}  // namespace closet::bench
