#include "live/choose_views.h"

#include <algorithm>
#include <utility>

#include "core/picture_geometry.h"
#include "pipeline/part_clock.h"

namespace closet {

Shot ChooseViews::take(CapturedFrame captured) {
    Frame& frame = captured.frame;
    const bool is_cut = cuts_.is_cut(*frame.image);
    if (is_cut || frame.scene_start || scene_ == 0) {
        ++scene_;
    }
    return {std::move(frame), captured.captured, scene_};
}

/// Views follow a grid of their own, so that the interval holds on average where frames do not fall
/// on it; a frame half its distance to the one before early is on time.
bool ChooseViews::is_due(const Shot& shot, double interval_s) {
    const double now_s = shot.frame.seconds();
    const double early_s = last_s_ ? std::max(0.0, (now_s - *last_s_) / 2) : 0.0;
    last_s_ = now_s;
    if (shot.scene == seen_scene_ && now_s + early_s < due_s_) {
        return false;
    }
    const bool is_behind = shot.scene != seen_scene_ || now_s > due_s_ + interval_s;
    due_s_ = (is_behind ? now_s : due_s_) + interval_s;
    return true;
}

std::optional<LiveView> ChooseViews::view_of(const Shot& shot, double interval_s) {
    if (!is_due(shot, interval_s)) {
        return std::nullopt;
    }
    LiveView chosen;
    {
        const PartTimer timer(Part::kDownscale);
        chosen.view = views_.make(shot.frame);
    }
    chosen.index = shot.frame.index;
    chosen.seconds = shot.frame.seconds();
    chosen.captured = shot.captured;
    chosen.picture = geometry_of(shot.frame).shown;
    chosen.scene = shot.scene;
    if (shot.scene != seen_scene_) {
        still_.reset();
    }
    if (!skip_still_ || !still_.unchanged(chosen.view.rgb, chosen.seconds)) {
        like_ = chosen.index;
    }
    chosen.like = like_;
    seen_scene_ = shot.scene;
    return chosen;
}

}  // namespace closet
