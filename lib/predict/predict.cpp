#include "predict/predict.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "interpolate/tracks.h"
#include "predict/predicted_person.h"

namespace closet {
namespace {

/// At most so many people are followed, of more the largest: as many as inference may be asked for.
constexpr std::size_t kMostPeople = 100;

/// Inference follows people for half a second at least, as offline (InterpolateOptions).
constexpr double kLeastGapS = 0.5;

void check_range(std::string_view name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {  // also true for NaN
        throw ConfigError(
            fmt::format("{} is {}, but must be between {} and {}", name, value, least, most));
    }
}

TrackOptions track_options(const PredictOptions& options) {
    TrackOptions tracks;
    tracks.max_gap_s = std::max(kLeastGapS, options.hold_s + options.fade_s);
    tracks.most_missed = std::numeric_limits<int>::max();  // results may come fast: time decides
    return tracks;
}

void keep_largest(std::vector<Pose>& poses) {
    if (poses.size() > kMostPeople) {
        const auto area = [](const Pose& pose) {
            const float product = pose.box.width * pose.box.height;
            return std::isfinite(product) ? product : 0.0F;
        };
        std::stable_sort(poses.begin(), poses.end(),
                         [&](const Pose& a, const Pose& b) { return area(a) > area(b); });
        poses.resize(kMostPeople);
    }
}

}  // namespace

void validate(const PredictOptions& options) {
    constexpr double kMinute = 60.0;
    check_range("the least cut-off of the filter of keypoints in Hz", options.min_cutoff_hz, 1e-3,
                1e3);
    check_range("the cut-off per speed of the filter of keypoints", options.beta, 0, 1e3);
    check_range("the cut-off of the filter of velocities in Hz", options.derivative_cutoff_hz, 1e-3,
                1e3);
    check_range("the longest lead of a prediction in seconds", options.max_lead_s, 0, 1);
    check_range("the smoothing time of silhouettes", options.shape_tau_s, 0, kMinute);
    check_range("the time in seconds that a lost person's pose is held", options.hold_s, 0,
                kMinute);
    check_range("the time in seconds that a lost person's garment fades in", options.fade_s, 0,
                kMinute);
    check_range("the least score of a keypoint", static_cast<double>(options.min_score), 0, 1);
}

struct PredictPoses::State {
    explicit State(const PredictOptions& predict_options)
        : options(predict_options),
          tracks(track_options(predict_options)),
          picker(predict_options.person) {}

    void observe(double seconds, std::vector<Pose> poses, cv::Size picture, bool is_still);

    PredictOptions options;
    Tracks tracks;
    PersonPicker picker;
    std::map<int, PredictedPerson> people;  ///< by id
    Instant now{-1, 0};                     ///< of the last result
    bool scene_begins = true;               ///< no result of this scene yet
    std::optional<double> not_before;       ///< first result after the last cut, seconds
    std::vector<Pose> last_poses;           ///< for observe_still
    cv::Size last_picture;
};

PredictPoses::PredictPoses(const PredictOptions& options) {
    validate(options);
    state_ = std::make_unique<State>(options);
}

PredictPoses::~PredictPoses() = default;
PredictPoses::PredictPoses(PredictPoses&&) noexcept = default;
PredictPoses& PredictPoses::operator=(PredictPoses&&) noexcept = default;

void PredictPoses::reset() {
    state_ = std::make_unique<State>(state_->options);
}

void PredictPoses::observe(double seconds, std::vector<Pose> poses, cv::Size picture,
                           bool scene_start) {
    State& state = *state_;
    if (!std::isfinite(seconds) || (state.now.frame >= 0 && seconds <= state.now.seconds)) {
        return;
    }
    if (scene_start) {
        if (state.now.frame >= 0) {
            state.not_before = seconds;
        }
        state.tracks.cut({state.now.frame + 1, seconds});
        state.people.clear();
        state.scene_begins = true;
    }
    keep_largest(poses);
    state.last_poses = poses;
    state.last_picture = picture;
    state.observe(seconds, std::move(poses), picture, false);
}

void PredictPoses::observe_still(double seconds) {
    State& state = *state_;
    if (std::isfinite(seconds) && state.now.frame >= 0 && seconds > state.now.seconds) {
        state.observe(seconds, state.last_poses, state.last_picture, true);
    }
}

void PredictPoses::State::observe(double seconds, std::vector<Pose> poses, cv::Size picture,
                                  bool is_still) {
    now = {now.frame + 1, seconds};
    const MeasureOptions view{.min_score = options.min_score, .frame = picture};
    tracks.add(now, std::move(poses), view);
    const std::optional<int> chosen = picker.pick(tracks, picture);
    const auto is_worn = [&](int id) {
        return options.person.kind == PersonRule::Kind::kAll || id == chosen;
    };
    for (auto& [id, person] : people) {
        const Track* track = tracks.find(id);
        if (track == nullptr || track->ended() || track->missed() > 0) {
            person.miss();
        }
    }
    for (const auto& track : tracks.all()) {
        if (!track->ended() && track->missed() == 0) {
            people.try_emplace(track->id(), options, scene_begins, is_worn(track->id()))
                .first->second.observe(seconds, track->last_pose(), view, is_still);
        }
    }
    for (auto& [id, person] : people) {
        person.wear(is_worn(id), seconds);
    }
    std::erase_if(people, [&](const auto& one) { return one.second.gone_at(seconds); });
    tracks.forget_before({now.frame + 1, now.seconds});
    scene_begins = false;
}

std::vector<Pose> PredictPoses::at(double seconds) const {
    std::vector<Pose> poses;
    if (state_->not_before && seconds < *state_->not_before) {
        return poses;
    }
    for (const auto& [id, person] : state_->people) {
        Pose pose = person.pose_at(seconds);
        if (pose.fade > 0) {
            poses.push_back(std::move(pose));
        }
    }
    return poses;
}

}  // namespace closet
