#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "infer/pose_model.h"

namespace closet {

/// A view of a stream, as the trackers see it.
struct TimedView {
    const cv::Mat* picture = nullptr;  ///< CV_8UC3 R G B; not owned
    double time_s = 0;
    bool scene_start = false;  ///< a cut lies between the view before and this one
    bool outlines = true;      ///< masks are wanted of people who were seen before, too
};

/// How much too early a look may be, of its step: key frames come at steps that are even but for
/// whole frames (0.08 and 0.12 s at 25 frames a second), which must not cost every second look.
inline constexpr double kTooEarly = 0.25;

/// Whether it is time to look again at what is looked at every `every_s` seconds and due at
/// `due_s`.
inline bool is_due(double time_s, double due_s, double every_s) {
    return time_s >= due_s - kTooEarly * every_s;
}

/// When it is due after a look at `time_s`.
inline double due_after(double time_s, double due_s, double every_s) {
    const bool in_step = is_due(time_s, due_s, every_s) && time_s < due_s + every_s;
    return (in_step ? due_s : time_s) + every_s;
}

/// A person found in one view.
struct Tracked {
    PoseEstimate estimate;
    int person_id = 0;  ///< the same as long as the person is not lost for good

    template <class Archive>
    void serialize(Archive& archive) {
        archive(estimate, person_id);
    }
};

/// A person when last seen.
struct LastSeen {
    Region region;
    std::vector<Keypoint> keypoints;  ///< view pixels
    double time_s = 0;

    template <class Archive>
    void serialize(Archive& archive) {
        archive(region, keypoints, time_s);
    }
};

/// How often a tracker asked the model, since it was made.
struct TrackerCounts {
    std::int64_t views = 0;
    std::int64_t detections = 0;   ///< pictures given to the detector
    std::int64_t tiles = 0;        ///< tiles given to it, see Note [People far away]
    std::int64_t estimates = 0;    ///< inputs of the pose network, repeated ones included
    std::int64_t corrections = 0;  ///< estimates repeated because the region was off
    std::int64_t retries = 0;      ///< estimates repeated because the pose jumped or was impossible

    template <class Archive>
    void serialize(Archive& archive) {
        archive(views, detections, tiles, estimates, corrections, retries);
    }
};

/// True when nothing seen before says anything about this view: after a cut, and where the pictures
/// (`before`: size of the last one) change their size.
inline bool starts_scene(const TimedView& view, cv::Size before) {
    return view.scene_start || view.picture->size() != before;
}

/// The first views up to the next one that starts a scene. `views` is not empty.
inline std::span<const TimedView> first_scene(std::span<const TimedView> views) {
    const cv::Size size = views.front().picture->size();
    const auto end = std::find_if(views.begin() + 1, views.end(), [size](const TimedView& view) {
        return starts_scene(view, size);
    });
    return views.first(static_cast<std::size_t>(end - views.begin()));
}

}  // namespace closet
