#include "live/choose_views.h"

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

std::optional<LiveView> ChooseViews::view_of(const Shot& shot, double interval_s) {
    clock_.set_interval(interval_s);
    if (!clock_.is_key(shot.frame, shot.scene != seen_scene_)) {
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
