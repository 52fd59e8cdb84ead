#include "live/infer_views.h"

#include <cmath>

namespace closet {
namespace {

/// In whole microseconds, as time stamps of a live source are.
double stamped(double seconds) {
    constexpr AVRational kMicroseconds{1, 1000000};
    return std::round(seconds / av_q2d(kMicroseconds)) * av_q2d(kMicroseconds);
}

}  // namespace

std::vector<LiveResult> InferViews::infer(std::span<LiveView> views) {
    std::vector<LiveResult> results;
    std::vector<StreamView> moved;
    std::vector<std::size_t> result_of;  // for each of them
    for (const LiveView& view : views) {
        const bool still = view.like == known_;
        if (!still) {
            moved.push_back({.view = &view.view,
                             .time_s = stamped(view.seconds),
                             .scene_start = view.scene != scene_});
            result_of.push_back(results.size());
            scene_ = view.scene;
            known_ = view.like;
        }
        results.push_back({{}, view.seconds, view.captured, view.picture, view.scene, still});
    }
    std::vector<std::vector<Pose>> poses = infer_.follow(moved);
    for (std::size_t i = 0; i < poses.size(); ++i) {
        results[result_of[i]].poses = std::move(poses[i]);
    }
    return results;
}

}  // namespace closet
