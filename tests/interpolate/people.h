#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/pose.h"
#include "interpolate/interpolate.h"

/// Clips made in code: people whose keypoints are known at every time.
namespace closet::test {

/// A standing figure of the 17 points of COCO with its trunk's middle at (x, y). The trunk is 100
/// px long at size 1.
inline Pose figure(double x, double y, double size = 1.0, float score = 0.9F) {
    static constexpr double kOffsets[kJointCount][2] = {
        {0, -95},   {6, -102}, {-6, -102}, {14, -98}, {-14, -98}, {35, -50},
        {-35, -50}, {45, 0},   {-45, 0},   {48, 45},  {-48, 45},  {25, 50},
        {-25, 50},  {27, 125}, {-27, 125}, {28, 200}, {-28, 200}};
    Pose pose;
    pose.score = score;
    for (const auto& offset : kOffsets) {
        pose.keypoints.push_back({static_cast<float>(x + offset[0] * size),
                                  static_cast<float>(y + offset[1] * size), 0, score});
    }
    pose.box = enclosing_box(pose.keypoints);
    return pose;
}

/// The same with the number that inference has for the person.
inline Pose numbered(int number, Pose pose) {
    pose.person_id = number;
    return pose;
}

inline constexpr double kTrunkLength = 100.0;

/// A frame without pixels of its own: 1920 x 1080, gray, times in milliseconds.
inline Frame make_frame(std::int64_t index, std::int64_t milliseconds) {
    Frame frame;
    frame.index = index;
    frame.pts = milliseconds;
    frame.time_base = {1, 1000};
    frame.scene_start = index == 0;
    frame.image = make_av_frame();
    frame.image->width = 1920;
    frame.image->height = 1080;
    return frame;
}

/// A clip and what is measured on some of its frames.
struct Clip {
    struct Step {
        std::int64_t milliseconds = 0;
        bool is_key = false;
        std::vector<Pose> poses;
        bool scene_start = false;
    };
    std::vector<Step> steps;

    /// Adds `count` frames `step` milliseconds apart, every `every`-th of them a key frame, with
    /// the people that `people(seconds)` gives.
    Clip& add(int count, std::int64_t step, int every,
              const std::function<std::vector<Pose>(double)>& people) {
        for (int i = 0; i < count; ++i) {
            const std::int64_t now = steps.empty() ? 0 : steps.back().milliseconds + step;
            Step next{now, i % every == 0, {}, false};
            if (next.is_key) {
                next.poses = people(static_cast<double>(now) / 1000.0);
            }
            steps.push_back(std::move(next));
        }
        return *this;
    }

    /// The clip cut into batches of `keys` key frames each.
    std::vector<PosedBatch> batches(std::size_t keys) const {
        std::vector<PosedBatch> result(1);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (steps[i].is_key && result.back().keys.size() == keys) {
                result.emplace_back();
            }
            PosedBatch& batch = result.back();
            if (steps[i].is_key) {
                batch.keys.push_back({batch.frames.size(), steps[i].poses});
            }
            batch.frames.push_back(make_frame(static_cast<std::int64_t>(i), steps[i].milliseconds));
            batch.frames.back().scene_start = i == 0 || steps[i].scene_start;
        }
        return result;
    }
};

struct Run {
    std::vector<PosedFrame> frames;
    std::size_t most_held = 0;

    /// The only pose of a frame; a fresh empty one where there is none.
    Pose pose(std::size_t frame) const {
        return frames.at(frame).poses.empty() ? Pose{} : frames.at(frame).poses.front();
    }
    bool has_pose(std::size_t frame) const { return !frames.at(frame).poses.empty(); }
};

inline Run interpolate(const Clip& clip, const InterpolateOptions& options = {},
                       std::size_t batch = 5) {
    Interpolate stage(options);
    Run run;
    const Emit<PosedFrame> emit = [&](PosedFrame frame) {
        run.frames.push_back(std::move(frame));
        return true;
    };
    for (PosedBatch& one : clip.batches(batch)) {
        stage.process(std::move(one), emit);
        run.most_held = std::max(run.most_held, stage.held());
    }
    stage.flush(emit);
    return run;
}

inline InterpolateOptions unsmoothed() {
    InterpolateOptions options;
    options.sigma_s = 0;
    return options;
}

inline double distance(const Keypoint& a, const Keypoint& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

inline bool same_keypoints(const Pose& a, const Pose& b) {
    if (a.keypoints.size() != b.keypoints.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.keypoints.size(); ++i) {
        const Keypoint& p = a.keypoints[i];
        const Keypoint& q = b.keypoints[i];
        if (p.x != q.x || p.y != q.y || p.z != q.z || p.score != q.score) {
            return false;
        }
    }
    return true;
}

}  // namespace closet::test
