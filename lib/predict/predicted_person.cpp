#include "predict/predicted_person.h"

#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "interpolate/labels.h"
#include "interpolate/shape.h"
#include "interpolate/trunk.h"

namespace closet {
namespace {

/// Results in memory: half a second of them at 30 a second, more than a frame waits for rendering.
constexpr std::size_t kMostKnown = 16;

/// A garment that comes or changes its wearer does so in this time, seconds.
constexpr double kAppearS = 0.15;

float mixed(float from, float to, double share) {
    return static_cast<float>(from + share * (static_cast<double>(to) - from));
}

}  // namespace

void CausalShape::observe(double step_s, const BodyShape* measured) {
    if (shape_ == nullptr || tau_s_ <= 0) {
        if (measured != nullptr) {
            shape_ = std::make_shared<BodyShape>(*measured);
        }
        return;
    }
    const auto kept = static_cast<float>(std::exp(-step_s / tau_s_));
    const std::array<WeightedShape, 2> both{{{shape_.get(), kept}, {measured, 1.0F - kept}}};
    shape_ = std::make_shared<BodyShape>(mix(both));
}

PredictedPerson::PredictedPerson(const PredictOptions& options, bool was_there, bool is_worn)
    : max_lead_s_(options.max_lead_s),
      hold_s_(options.hold_s),
      fade_s_(options.fade_s),
      motion_({options.min_cutoff_hz, options.beta, options.derivative_cutoff_hz}),
      shape_(options.shape_tau_s),
      presence_(was_there ? 1 : 0),
      worn_(is_worn ? 1 : 0) {}

void PredictedPerson::observe(double seconds, const Pose& measured, const MeasureOptions& view,
                              bool is_still) {
    Pose pose = measured;
    if (is_still && !known_.empty()) {
        pose.keypoints = mended_;
        pose.facing = known_.back().pose.facing;
    } else {
        facing_.add(seconds, measured, view.frame);
        facing_.decide_all();
        facing_.mend(facing_.size() - 1, pose);
        mended_ = pose.keypoints;
        if (facing_.size() > kMostKnown) {
            facing_.pop_front();
        }
    }
    motion_.observe(seconds, pose);
    pose.keypoints = motion_.at_lead(0);
    pose.box = enclosing_box(pose.keypoints);
    if (!is_still) {
        std::shared_ptr<const BodyShape> shape = measured.shape;
        if (shape == nullptr && measured.mask != nullptr) {
            if (const auto found = measure_body(pose, view)) {
                shape = std::make_shared<BodyShape>(*found);
            }
        }
        shape_.observe(known_.empty() ? 0 : seconds - known_.back().seconds, shape.get());
    }
    pose.shape = shape_.get();
    if (measured.labels != nullptr) {
        labels_s_ = seconds;
    } else if (!known_.empty() && seconds - labels_s_ <= kLabelHoldS) {
        pose.labels = moved_labels(known_.back().pose, pose);
    }
    if (is_lost_ || presence_.target() < 1) {
        presence_.turn(1, seconds, kAppearS);
        is_lost_ = false;
    }
    known_.push_back({seconds, !is_still, std::move(pose)});
    if (known_.size() > kMostKnown) {
        known_.pop_front();
    }
}

void PredictedPerson::miss() {
    if (!is_lost_) {
        is_lost_ = true;
        presence_.turn(0, known_.back().seconds + hold_s_, fade_s_);
    }
}

void PredictedPerson::wear(bool worn, double seconds) {
    const double target = worn ? 1 : 0;
    if (worn_.target() != target) {
        worn_.turn(target, seconds, kAppearS);
    }
}

bool PredictedPerson::gone_at(double seconds) const {
    return is_lost_ && presence_.at(seconds) <= 0;
}

Pose PredictedPerson::pose_at(double seconds) const {
    const Known& last = known_.back();
    // Times that are no numbers are answered with the last pose.
    Pose pose = seconds < last.seconds
                    ? between_known(seconds)
                    : predicted(seconds > last.seconds ? seconds - last.seconds : 0.0);
    const bool is_measured = seconds == last.seconds && last.is_measured;
    if (!(seconds < last.seconds)) {
        pose.origin = is_lost_      ? PoseOrigin::kHeld
                      : is_measured ? PoseOrigin::kMeasured
                                    : PoseOrigin::kPredicted;
    }
    const double when = std::isnan(seconds) ? last.seconds : seconds;
    pose.fade = static_cast<float>(presence_.at(when) * worn_.at(when));
    return pose;
}

Pose PredictedPerson::predicted(double lead_s) const {
    const Pose& last = known_.back().pose;
    Pose pose = last;
    pose.keypoints = motion_.at_lead(std::min(lead_s, max_lead_s_));
    pose.box = enclosing_box(pose.keypoints);
    pose.mask = moved_mask(last, pose);
    pose.labels = moved_labels(last, pose);
    return pose;
}

Pose PredictedPerson::between_known(double seconds) const {
    const auto next =
        std::lower_bound(known_.begin(), known_.end(), seconds,
                         [](const Known& known, double time) { return known.seconds < time; });
    if (next->seconds == seconds || next == known_.begin()) {
        Pose pose = next->pose;
        pose.origin = next->seconds == seconds && next->is_measured ? PoseOrigin::kMeasured
                                                                    : PoseOrigin::kPredicted;
        return pose;
    }
    const Known& before = *std::prev(next);
    const double share = (seconds - before.seconds) / (next->seconds - before.seconds);
    const Pose& nearest = share < 0.5 ? before.pose : next->pose;
    Pose pose = nearest;
    pose.facing = mix(before.pose.facing, next->pose.facing, share);
    pose.origin = PoseOrigin::kInterpolated;
    for (std::size_t i = 0; i < pose.keypoints.size(); ++i) {
        const Keypoint& a = before.pose.keypoints[i];
        const Keypoint& b = next->pose.keypoints[i];
        pose.keypoints[i] = {mixed(a.x, b.x, share), mixed(a.y, b.y, share), mixed(a.z, b.z, share),
                             mixed(a.score, b.score, share)};
    }
    pose.box = enclosing_box(pose.keypoints);
    pose.mask = moved_mask(nearest, pose);
    pose.labels = moved_labels(nearest, pose);
    if (before.pose.shape != nullptr && next->pose.shape != nullptr) {
        const auto weight = static_cast<float>(share);
        const std::array<WeightedShape, 2> both{
            {{before.pose.shape.get(), 1 - weight}, {next->pose.shape.get(), weight}}};
        pose.shape = std::make_shared<BodyShape>(mix(both));
    }
    return pose;
}

}  // namespace closet
