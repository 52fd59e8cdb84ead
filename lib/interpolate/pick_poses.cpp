#include "interpolate/pick_poses.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/picture_geometry.h"

namespace closet {

void PickPoses::keep_chosen(const Frame& frame, std::vector<Pose>& poses) {
    switch (rule_.kind) {
        case PersonRule::Kind::kAll:
            return;
        case PersonRule::Kind::kId:
            chosen_ = rule_.id;
            break;
        default:
            choose(frame, poses);
    }
    std::erase_if(poses, [this](const Pose& pose) { return pose.person_id != chosen_; });
}

void PickPoses::choose(const Frame& frame, const std::vector<Pose>& poses) {
    now_ = next_instant(now_, frame.seconds());
    if (frame.scene_start) {
        tracks_.cut(now_);
        track_.reset();
        chosen_.reset();
    }
    // Who is on a key frame without having been measured there was overlooked.
    std::vector<Pose> measured;
    std::copy_if(poses.begin(), poses.end(), std::back_inserter(measured),
                 [](const Pose& pose) { return pose.origin == PoseOrigin::kMeasured; });
    if (!measured.empty()) {
        tracks_.add(now_, std::move(measured));
        const auto picked = picker_.pick(tracks_, geometry_of(frame).shown);
        if (picked != track_) {
            track_ = picked;
            // The file's ids are the numbers that these tracks go by.
            const Track* track = picked ? tracks_.find(*picked) : nullptr;
            chosen_ = track != nullptr ? std::optional(track->number()) : std::nullopt;
        }
    }
    tracks_.forget_before({now_.frame + 1, now_.seconds});
}

}  // namespace closet
