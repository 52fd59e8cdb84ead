#include "interpolate/interpolate.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "core/state.h"
#include "pipeline/part_clock.h"

namespace closet {
namespace {

void check_range(std::string_view name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {  // also true for NaN
        throw ConfigError(
            fmt::format("{} is {}, but must be between {} and {}", name, value, least, most));
    }
}

/// Boxes that share more than that of the smaller one cross.
constexpr float kCrossingShare = 0.1F;

bool cross(const Box& a, const Box& b) {
    const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
    const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
    return width > 0 && height > 0 &&
           width * height > kCrossingShare * std::min(a.width * a.height, b.width * b.height);
}

}  // namespace

std::vector<Option> options_of(InterpolateOptions& o) {
    return {{.names = "--smooth",
             .group = "Pose",
             .help = "width of the smoothing, seconds; 0: none",
             .value = &o.sigma_s,
             .range = {0, 1}}};
}

void validate(const InterpolateOptions& options) {
    constexpr double kMinute = 60.0;
    check_ranges_of(options);
    check_range("the share of the trunk that smoothing may move a keypoint by", options.max_bias,
                1e-4, 1);
    check_range("the smoothing time of silhouettes", options.shape_sigma_s, 0, 1);
    check_range("the least score of a keypoint", static_cast<double>(options.min_score), 0, 1);
    check_range("the longest gap of a track in seconds", options.max_gap_s, 0, kMinute);
    check_range("the time in seconds that a pose is held", options.max_hold_s, 0, kMinute);
    check_range("the number of frames held back", static_cast<double>(options.max_held), 1, 100000);
}

Interpolate::Interpolate(const InterpolateOptions& options)
    : options_((validate(options), options)),
      tracks_({{options.sigma_s, options.max_bias, options.shape_sigma_s}, options.max_gap_s}),
      picker_(options.person) {}

void Interpolate::process(PosedBatch batch, const Emit<PosedFrame>& emit) {
    const PartTimer timer(Part::kInterpolate);
    auto key = batch.keys.begin();
    for (std::size_t i = 0; i < batch.frames.size(); ++i) {
        const bool is_key = key != batch.keys.end() && key->frame == i;
        take(std::move(batch.frames[i]), is_key ? &key->poses : nullptr);
        key += is_key ? 1 : 0;
        // One frame at a time, so that the result does not depend on where batches end.
        if (!release(emit)) {
            return;
        }
    }
}

void Interpolate::flush(const Emit<PosedFrame>& emit) {
    const PartTimer timer(Part::kInterpolate);
    tracks_.cut({now_.frame + 1, now_.seconds});
    release(emit);
}

void Interpolate::save_state(std::ostream& to) const {
    write_state(to, tracks_, picker_, held_, choices_, apart_since_, now_);
}

void Interpolate::load_state(std::istream& from) {
    read_state(from, tracks_, picker_, held_, choices_, apart_since_, now_);
}

/// poses: what was measured on the frame, null where it is no key frame.
void Interpolate::take(Frame frame, std::vector<Pose>* poses) {
    now_ = next_instant(now_, frame.seconds());
    if (frame.scene_start) {
        tracks_.cut(now_);
        choices_.push_back({now_.frame, std::nullopt});
    }
    if (poses != nullptr) {
        const cv::Size picture = geometry_of(frame).shown;
        tracks_.add(now_, std::move(*poses), {.min_score = options_.min_score, .frame = picture});
        const std::optional<int> chosen = picker_.pick(tracks_, picture);
        if (options_.person.kind == PersonRule::Kind::kFace) {
            note_crossings();
            if (chosen) {
                extend_back(*chosen);
            }
        }
        choices_.push_back({now_.frame, chosen});
    }
    held_.push_back({now_, std::move(frame)});
}

bool Interpolate::settled(const Instant& when) const {
    return std::all_of(tracks_.all().begin(), tracks_.all().end(),
                       [&](const auto& track) { return track->settled_at(when, now_.seconds); });
}

/// Nobody is chosen for a frame of which somebody may turn out to be the wanted person.
bool Interpolate::awaits_face(const Instant& when) const {
    if (options_.person.kind != PersonRule::Kind::kFace ||
        now_.seconds - when.seconds > kFaceWaitS) {
        return false;
    }
    const auto later = std::find_if(choices_.begin(), choices_.end(),
                                    [&](const Choice& choice) { return choice.from > when.frame; });
    return (later == choices_.begin() || !std::prev(later)->person) &&
           std::any_of(tracks_.all().begin(), tracks_.all().end(), [&](const auto& track) {
               return !track->ended() && track->first_seen().frame <= when.frame;
           });
}

/// After a key frame.
void Interpolate::note_crossings() {
    std::erase_if(apart_since_,
                  [&](const auto& entry) { return tracks_.find(entry.first) == nullptr; });
    for (const auto& track : tracks_.all()) {
        if (std::any_of(tracks_.all().begin(), tracks_.all().end(), [&](const auto& other) {
                return other->id() != track->id() && !other->ended() && !track->ended() &&
                       cross(track->last_pose().box, other->last_pose().box);
            })) {
            apart_since_[track->id()] = now_.frame + 1;
        }
    }
}

/// Who was chosen now was the same person on the frames before for which nobody was.
void Interpolate::extend_back(int person) {
    const Track* track = tracks_.find(person);
    if (track == nullptr) {
        return;
    }
    const auto apart = apart_since_.find(person);
    const std::int64_t from =
        std::max(track->first_seen().frame, apart != apart_since_.end() ? apart->second : 0);
    if (from >= now_.frame) {
        return;
    }
    for (auto choice = choices_.rbegin(); choice != choices_.rend() && !choice->person; ++choice) {
        if (choice->from < from) {
            choices_.insert(choice.base(), {from, person});
            return;
        }
        choice->person = person;
    }
}

/// Emits the frames that need not wait any longer. Returns false when downstream is gone.
bool Interpolate::release(const Emit<PosedFrame>& emit) {
    while (!held_.empty() && (held_.size() > options_.max_held ||
                              (settled(held_.front().when) && !awaits_face(held_.front().when)))) {
        if (!emit(dress_next())) {
            return false;
        }
    }
    return true;
}

PosedFrame Interpolate::dress_next() {
    const Instant when = held_.front().when;
    PosedFrame result{std::move(held_.front().frame), {}};
    held_.pop_front();
    while (choices_.size() > 1 && choices_[1].from <= when.frame) {
        choices_.pop_front();
    }
    const bool everybody = options_.person.kind == PersonRule::Kind::kAll;
    const bool has_choice = !choices_.empty() && choices_.front().from <= when.frame;
    for (auto& track : tracks_.all()) {
        if (everybody || (has_choice && choices_.front().person == track->id())) {
            if (auto pose = track->pose_at(when, options_.max_hold_s)) {
                result.poses.push_back(std::move(*pose));
            }
        }
    }
    tracks_.forget_before({when.frame + 1, when.seconds});
    return result;
}

}  // namespace closet
