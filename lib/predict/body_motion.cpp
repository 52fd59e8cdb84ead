#include "predict/body_motion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "interpolate/smooth.h"
#include "interpolate/trunk.h"

namespace closet {
namespace {

/// Weight of joints of the trunk that the network does not see.
constexpr float kLeastWeight = 0.05F;

/// Keypoints from this score on are believed in full, others in proportion.
constexpr float kSureScore = 0.5F;
constexpr float kLeastTrust = 0.1F;

/// As for spikes offline (smooth.cpp): jumps below this share of the trunk are noise or motion, ...
constexpr double kSmallestJump = 0.2;
/// ... and limbs accelerate by this many trunk lengths per second squared at most.
constexpr double kFastestLimb = 200.0;

/// No body grows or shrinks by this from one result to the next: the network blundered, or the
/// camera cut.
constexpr double kGrowth = 1.35;

/// Time constants in seconds. Scores: about two results. Depths are noisier than places in the
/// picture by an order of magnitude, and nothing is drawn where they say. The scale is but a unit.
constexpr double kScoreTau = 0.1, kDepthTau = 0.3, kScaleTau = 0.5;

// What follows was chosen on real clips with measure_prediction (results/live-prediction.md).

/// Nobody keeps a velocity for long: it fades with this time constant, seconds.
constexpr double kDampingS = 0.15;

/// The trunk's place, and what does not move much against it: the trunk's joints and the head.
constexpr OneEuroOptions kPlace{.min_cutoff_hz = 1.0, .beta = 0.3, .derivative_cutoff_hz = 2.5};
constexpr OneEuroOptions kBody{.min_cutoff_hz = 0.25, .beta = 0.8, .derivative_cutoff_hz = 1.0};

/// Velocities that are half noise, trunk lengths a second.
constexpr double kPlaceNoise = 0.2, kBodyNoise = 0.3, kLimbNoise = 0.7;

double share_of(double step_s, double tau_s) {
    return 1.0 - std::exp(-step_s / tau_s);
}

float toward(float from, float to, double share) {
    return static_cast<float>(from + share * (static_cast<double>(to) - from));
}

cv::Point2d place_of(const Keypoint& point) {
    return {point.x, point.y};
}

/// The trunk's place; each joint counts as its score in `scores` says.
cv::Point2d trunk_place(const std::vector<cv::Point2d>& points, Skeleton skeleton,
                        const std::vector<Keypoint>& scores) {
    cv::Point2d sum;
    double weights = 0;
    for (const Joint joint : kTrunk) {
        const std::size_t i = keypoint_index(skeleton, joint);
        const double weight = std::max(scores[i].score, kLeastWeight);
        sum += points[i] * weight;
        weights += weight;
    }
    return sum / weights;
}

bool is_limb(Skeleton skeleton, std::size_t index) {
    const bool is_trunk = std::any_of(kTrunk.begin(), kTrunk.end(), [&](Joint joint) {
        return keypoint_index(skeleton, joint) == index;
    });
    return !is_trunk && index > keypoint_index(skeleton, Joint::kRightShoulder);
}

}  // namespace

void PointFilter::observe(double seconds, const std::vector<cv::Point2d>& points, double scale) {
    std::vector<double> values;
    values.reserve(2 * points.size());
    for (const cv::Point2d& point : points) {
        values.push_back(point.x);
        values.push_back(point.y);
    }
    scale_ = scale;
    smoothed_ = filter_.smooth(seconds, values, 1.0 / scale);
}

cv::Point2d PointFilter::at_lead(std::size_t i, double lead_s) const {
    const std::size_t x = 2 * i, y = x + 1;
    const cv::Point2d velocity(filter_.speeds()[x], filter_.speeds()[y]);
    const double squared = velocity.dot(velocity);
    // The share of signal in signal and noise (Wiener's).
    const double belief = squared > 0 ? squared / (squared + noise_ * noise_) : 0.0;
    const double lead = kDampingS * share_of(lead_s, kDampingS);
    return {smoothed_[x] + belief * velocity.x * scale_ * (filter_.lag_s(x) + lead),
            smoothed_[y] + belief * velocity.y * scale_ * (filter_.lag_s(y) + lead)};
}

BodyMotion::BodyMotion(const OneEuroOptions& options) : options_(options) {}

void BodyMotion::begin(double seconds, const Pose& measured) {
    const std::size_t count = measured.keypoints.size();
    seconds_ = seconds;
    scale_ = body_scale(measured);
    skeleton_ = measured.skeleton;
    slow_ = measured.keypoints;
    outlier_.assign(count, false);
    jumped_.assign(count, {});
    depths_.clear();
    std::vector<cv::Point2d> points;
    for (const Keypoint& point : measured.keypoints) {
        points.push_back(place_of(point));
        depths_.push_back({point.z, point.z});
    }
    place_.emplace(kPlace, kPlaceNoise);
    body_.emplace(kBody, kBodyNoise);
    limbs_.emplace(options_, kLimbNoise);
    filter(points);
}

void BodyMotion::observe(double seconds, const Pose& measured) {
    if (slow_.empty()) {
        begin(seconds, measured);
        return;
    }
    const double step = seconds - seconds_;
    const bool is_doubted = std::exchange(is_rejected_, false);
    const double growth = body_scale(measured) / scale_;
    if (growth > kGrowth || growth < 1 / kGrowth) {
        if (is_doubted) {  // twice: it is there, and as a velocity it would fling the garment away
            begin(seconds, measured);
        } else {
            is_rejected_ = true;
        }
        return;
    }
    const std::vector<cv::Point2d> points = believed(step, measured);
    seconds_ = seconds;
    scale_ += share_of(step, kScaleTau) * (body_scale(measured) - scale_);
    follow_slow(step, measured);
    filter(points);
}

/// The places of the keypoints; those that jump, and in part those that are not seen, where they
/// are expected.
std::vector<cv::Point2d> BodyMotion::believed(double step_s, const Pose& measured) {
    const std::vector<Keypoint> expected = at_lead(step_s);
    const double possible = std::max(kSmallestJump, kFastestLimb * step_s * step_s / 2.0) * scale_;
    std::vector<cv::Point2d> points;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const cv::Point2d from = place_of(expected[i]);
        const cv::Point2d off = place_of(measured.keypoints[i]) - from;
        const bool jumps = std::hypot(off.x, off.y) > possible;
        const float trust = std::clamp(measured.keypoints[i].score / kSureScore, kLeastTrust, 1.0F);
        const cv::Point2d filtered = from - jumped_[i];
        points.push_back(jumps ? filtered : filtered + off * static_cast<double>(trust));
        // A jump that stays is one of the person or of the network, and no velocity.
        if (jumps && outlier_[i]) {
            jumped_[i] += off;
        }
        outlier_[i] = jumps && !outlier_[i];
    }
    return points;
}

void BodyMotion::follow_slow(double step_s, const Pose& measured) {
    for (std::size_t i = 0; i < slow_.size(); ++i) {
        const Keypoint& point = measured.keypoints[i];
        // The median of three, as a whole body's depth is inside out in single results.
        const auto [low, high] = std::minmax(depths_[i].last, depths_[i].before);
        const float depth = std::clamp(point.z, low, high);
        depths_[i] = {point.z, depths_[i].last};
        slow_[i].z = toward(slow_[i].z, depth, share_of(step_s, kDepthTau));
        slow_[i].score = toward(slow_[i].score, point.score, share_of(step_s, kScoreTau));
    }
}

void BodyMotion::filter(const std::vector<cv::Point2d>& points) {
    const cv::Point2d place = trunk_place(points, skeleton_, slow_);
    std::vector<cv::Point2d> body, limbs;
    for (std::size_t i = 0; i < points.size(); ++i) {
        (is_limb(skeleton_, i) ? limbs : body).push_back(points[i] - place);
    }
    place_->observe(seconds_, {place}, scale_);
    body_->observe(seconds_, body, scale_);
    limbs_->observe(seconds_, limbs, scale_);
}

std::vector<Keypoint> BodyMotion::at_lead(double lead_s) const {
    const cv::Point2d place = place_->at_lead(0, lead_s);
    std::vector<Keypoint> points = slow_;
    std::size_t limb = 0, body = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const cv::Point2d at = place + (is_limb(skeleton_, i) ? limbs_->at_lead(limb++, lead_s)
                                                              : body_->at_lead(body++, lead_s));
        points[i].x = static_cast<float>(at.x + jumped_[i].x);
        points[i].y = static_cast<float>(at.y + jumped_[i].y);
    }
    return points;
}

}  // namespace closet
