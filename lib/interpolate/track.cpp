#include "interpolate/track.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "body/bare_elbows.h"
#include "core/body_frame.h"
#include "core/curve.h"
#include "core/median.h"
#include "interpolate/shape.h"
#include "interpolate/smooth.h"
#include "interpolate/trunk.h"

namespace closet {
namespace {

/// A track is moved on by at most this many of its last steps from key frame to key frame: one more
/// than a person may be overlooked in. After a short step, a long gap would multiply the noise.
constexpr double kFurthestSteps = kMostMissed + 1;

/// Key frames to either side that the velocity at one depends on, see velocities_at.
constexpr std::size_t kKnotsAside = 2;

/// A trunk is heavier than limbs: what moves it quickly and a little is more often noise, by which
/// a whole garment trembles.
constexpr double kTrunkSteadier = 2;

/// Of bodies whose head is not in the picture those of the trunk err so many times more.
constexpr double kHeadlessSteadier = 4;
/// And their limbs go there and back where they stay: a spike so many times smaller is one. (On
/// `turning_no_head.mp4` an elbow by 0.13 trunk lengths within a fifth of a second.)
constexpr double kHeadlessSpike = 0.1;

/// Time constant by which keypoints follow the network where the picture stands still, seconds; and
/// how far, in trunk lengths, they may be from where they were: beyond the second one it is another
/// body's.
constexpr double kCalmS = 0.6, kFarFrom = 0.4, kFarTo = 0.6;

/// Masks of key frames beyond the next one are carried back by up to so much, seconds: half of what
/// they are apart, and far less than silhouettes are waited for.
constexpr double kMaskAheadS = 0.06;

cv::Point2f trunk_center(const Pose& pose) {
    cv::Point2f sum;
    for (const Joint joint : kTrunk) {
        sum += cv::Point2f(pose.at(joint).x, pose.at(joint).y);
    }
    return sum * (1.0F / static_cast<float>(kTrunk.size()));
}

/// Whether the wearer's left is on the left of the picture: who turns the back.
bool is_crossed(const Pose& pose, float min_score) {
    const auto body = body_frame(pose, min_score);
    return body && body->across.dot({body->down.y, -body->down.x}) < 0;
}

double area(const Box& box) {
    return static_cast<double>(box.width) * box.height;
}

}  // namespace

Track::Track(int id, const Smoothing& smoothing, const Instant& when, Pose pose,
             const MeasureOptions& view)
    : id_(id), number_(pose.person_id), first_seen_(when), smoothing_(smoothing) {
    add(when, std::move(pose), view);
}

cv::Point2f Track::expected_shift(double seconds) const {
    if (keys_.size() < 2) {
        return {};
    }
    const Key& before = keys_[keys_.size() - 2];
    const Key& last = keys_.back();
    const double step = last.when.seconds - before.when.seconds;
    if (step <= 0) {
        return {};
    }
    const double steps = std::min((seconds - last.when.seconds) / step, kFurthestSteps);
    const auto share = static_cast<float>(steps);
    return (trunk_center(last.measured) - trunk_center(before.measured)) * share;
}

double Track::median_area() const {
    return upper_median(std::vector<double>(areas_.begin(), areas_.end()));
}

void Track::add(const Instant& when, Pose pose, const MeasureOptions& view) {
    pose.person_id = id_;
    areas_.push_back(area(pose.box));
    if (areas_.size() > kAreaMemory) {
        areas_.pop_front();
    }
    has_shapes_ = has_shapes_ || pose.mask != nullptr || pose.shape != nullptr;
    has_labels_ = has_labels_ || pose.labels != nullptr;
    facing_.add(when.seconds, pose, view.frame);
    Key& key = keys_.emplace_back();
    key.when = when;
    key.measured = std::move(pose);
    key.view = view;
    ++key_count_;
    missed_ = 0;
    gone_from_ = std::numeric_limits<std::int64_t>::max();
}

int Track::miss(const Instant& when) {
    gone_from_ = std::min(gone_from_, when.frame);
    return ++missed_;
}

void Track::end(const Instant& when) {
    gone_from_ = std::min(gone_from_, when.frame);
    ended_ = true;
}

double Track::reach() const {
    return kKeypointReach * smoothing_.sigma_s;
}

/// How far from a key frame its smoothed shape depends on measured ones.
double Track::shape_reach() const {
    return has_shapes_ ? kShapeReach * smoothing_.shape_sigma_s : 0.0;
}

std::size_t Track::first_from(const Instant& when) const {
    const auto found =
        std::lower_bound(keys_.begin(), keys_.end(), when.frame,
                         [](const Key& key, std::int64_t frame) { return key.when.frame < frame; });
    return static_cast<std::size_t>(found - keys_.begin());
}

bool Track::settled_at(const Instant& when, double now) const {
    if (ended_ || when.frame < keys_.front().when.frame) {
        return true;
    }
    const std::size_t next = first_from(when);
    if (next == keys_.size()) {
        return false;  // the next key frame, or that there is none, is still to come
    }
    // The velocity at `next` needs the key frames after it, ...
    const std::size_t beyond = next + kKnotsAside;
    if (beyond >= keys_.size()) {
        return false;
    }
    // ... whose places need all key frames in reach, and those need the one after them (spikes).
    // The shape at `next` needs those that it is smoothed over, labels the places of a later key
    // frame that are mixed in, themselves mixed with later ones.
    const double labels = has_labels_ ? when.seconds + 2 * kLabelReachS : 0;
    const double end = std::max(std::max(keys_[beyond].when.seconds, labels) + reach(),
                                keys_[next].when.seconds + shape_reach());
    std::size_t last = beyond;
    while (last + 1 < keys_.size() && keys_[last + 1].when.seconds <= end) {
        ++last;
    }
    if (facing_.decided() < std::min(last + 2, keys_.size())) {
        return false;
    }
    return now > end && (last + 1 < keys_.size() || now > keys_[last].when.seconds + kSpikeWindow);
}

const Pose& Track::mended(std::size_t key) {
    Key& at = keys_[key];
    if (!at.mended) {
        if (facing_.decided() <= key) {
            facing_.decide_all();
        }
        at.mended = at.measured;
        facing_.mend(key, *at.mended);
        move_to_bare_elbows(*at.mended, at.view.min_score);
    }
    return *at.mended;
}

const std::vector<Keypoint>& Track::clean(std::size_t key) {
    Key& at = keys_[key];
    if (!at.clean) {
        at.clean = mended(key).keypoints;
        if (key > 0 && key + 1 < keys_.size()) {
            const Key& before = keys_[key - 1];
            const Key& after = keys_[key + 1];
            const Pose& pose_before = mended(key - 1);
            const Pose& pose_after = mended(key + 1);
            const double scale =
                body_scale(at.measured) * std::lerp(kHeadlessSpike, 1.0, facing_.head(key));
            for (std::size_t i = 0; i < at.clean->size(); ++i) {
                (*at.clean)[i] =
                    without_spike({before.when.seconds, pose_before.keypoints[i]},
                                  {at.when.seconds, mended(key).keypoints[i]},
                                  {after.when.seconds, pose_after.keypoints[i]}, scale);
            }
        }
        calm(key);
    }
    return *at.clean;
}

/// Where the picture stood still keypoints hardly move (Note [Still pictures]), unless the network
/// means another body or has exchanged its sides.
void Track::calm(std::size_t key) {
    Key& at = keys_[key];
    const std::vector<float>& moved = at.measured.moved;
    if (key == 0 || moved.size() != at.clean->size()) {
        return;
    }
    Pose before = mended(key - 1);
    before.keypoints = clean(key - 1);
    if (sides_exchanged(before, mended(key))) {
        return;
    }
    const double passed = at.when.seconds - keys_[key - 1].when.seconds;
    const double least = 1 - std::exp(-passed / kCalmS);
    const double scale = body_scale(at.measured);
    for (std::size_t i = 0; i < moved.size(); ++i) {
        const Keypoint& was = before.keypoints[i];
        Keypoint& is = (*at.clean)[i];
        const double far = std::hypot(is.x - was.x, is.y - was.y) / scale;
        if (!std::isfinite(far)) {
            continue;
        }
        const auto share = static_cast<float>(
            std::max({static_cast<double>(moved[i]), least, smoothstep(kFarFrom, kFarTo, far)}));
        is.x = std::lerp(was.x, is.x, share);
        is.y = std::lerp(was.y, is.y, share);
        is.z = std::lerp(was.z, is.z, share);
    }
}

const Pose& Track::refined(std::size_t key) {
    Key& at = keys_[key];
    if (at.refined) {
        return *at.refined;
    }
    at.refined = mended(key);
    if (smoothing_.sigma_s > 0) {
        const double now = at.when.seconds;
        std::size_t first = key;
        std::size_t last = key;
        while (first > 0 && keys_[first - 1].when.seconds >= now - reach()) {
            --first;
        }
        while (last + 1 < keys_.size() && keys_[last + 1].when.seconds <= now + reach()) {
            ++last;
        }
        const double bias = smoothing_.bias * body_scale(at.measured);
        const double steady =
            bias * kTrunkSteadier * std::lerp(kHeadlessSteadier, 1.0, facing_.head(key));
        const auto is_trunk = [&](std::size_t i) {
            return std::any_of(kTrunk.begin(), kTrunk.end(), [&](Joint joint) {
                return keypoint_index(at.measured.skeleton, joint) == i;
            });
        };
        std::vector<Observation> window(last - first + 1);
        for (std::size_t i = 0; i < at.refined->keypoints.size(); ++i) {
            for (std::size_t k = first; k <= last; ++k) {
                window[k - first] = {keys_[k].when.seconds, clean(k)[i]};
            }
            at.refined->keypoints[i] =
                smooth(window, key - first, smoothing_.sigma_s, bias, is_trunk(i) ? steady : bias);
        }
        at.refined->box = enclosing_box(at.refined->keypoints);
    }
    return *at.refined;
}

bool Track::has_outline(std::size_t key) const {
    return keys_[key].measured.mask != nullptr || keys_[key].measured.shape != nullptr;
}

/// The mask nearest in time, laid where `pose` is, which belongs to a time from that of key frame
/// `from` up to the next one's; null where there is none.
std::shared_ptr<const PersonMask> Track::nearest_mask(std::size_t from, double seconds,
                                                      const Pose& pose) {
    std::optional<std::size_t> nearest;
    for (std::size_t k = from + 1; k-- > 0 && !nearest;) {
        nearest = keys_[k].measured.mask ? std::optional(k) : std::nullopt;
    }
    const double since = nearest ? seconds - keys_[*nearest].when.seconds : INFINITY;
    for (std::size_t k = from + 1; k < keys_.size(); ++k) {
        const double until = keys_[k].when.seconds - seconds;
        if (until >= since || (k > from + 1 && until > kMaskAheadS)) {
            break;
        }
        if (keys_[k].measured.mask) {
            nearest = k;
            break;
        }
    }
    return nearest ? moved_mask(refined(*nearest), pose) : nullptr;
}

const Track::Shape& Track::measured_shape(std::size_t key) {
    Key& at = keys_[key];
    if (!at.measured_shape) {
        at.measured_shape = at.measured.shape;
        Pose around = mended(key);
        if (at.measured.shape == nullptr && at.measured.mask != nullptr) {
            around.keypoints = clean(key);
            const auto measured = measure_body(around, at.view);
            at.measured_shape = measured ? std::make_shared<BodyShape>(*measured) : nullptr;
        }
        at.crossed = is_crossed(around, at.view.min_score);
    }
    return *at.measured_shape;
}

const Track::Shape& Track::shape(std::size_t key) {
    Key& at = keys_[key];
    if (!at.shape) {
        if (smoothing_.shape_sigma_s > 0) {
            at.shape =
                smoothed_shape(key, at.when.seconds, is_crossed(refined(key), at.view.min_score));
        } else {
            const Shape& measured = measured_shape(key);
            at.shape = measured ? std::make_shared<BodyShape>(rounded(*measured)) : nullptr;
        }
    }
    return *at.shape;
}

/// What was measured on a body whose shoulders have passed each other, or have not.
Track::Shape Track::measured_shape_as(std::size_t key, bool crossed) {
    const Shape& measured = measured_shape(key);
    return measured == nullptr || keys_[key].crossed == crossed
               ? measured
               : std::make_shared<BodyShape>(with_torso_mirrored(*measured));
}

/// key: one that is next to that time.
Track::Shape Track::smoothed_shape(std::size_t key, double seconds, bool crossed) {
    std::size_t first = key;
    while (first > 0 && keys_[first - 1].when.seconds >= seconds - shape_reach()) {
        --first;
    }
    std::vector<Shape> shapes;
    std::vector<ObservedShape> window;
    for (std::size_t k = first;
         k < keys_.size() && (k <= key || keys_[k].when.seconds <= seconds + shape_reach()); ++k) {
        if (has_outline(k)) {
            shapes.push_back(measured_shape_as(k, crossed));
            window.push_back({keys_[k].when.seconds, shapes.back().get()});
        }
    }
    const auto smoothed = smooth_shape(window, seconds, smoothing_.shape_sigma_s);
    return smoothed ? std::make_shared<BodyShape>(rounded(*smoothed)) : nullptr;
}

/// At a time between key frame `from` and the next one. Key frames too far apart to be smoothed
/// over tell no more than themselves.
Track::Shape Track::shape_between(std::size_t from, double seconds, const Pose& pose) {
    const bool crossed = is_crossed(pose, keys_[from].view.min_score);
    const double begin = keys_[from].when.seconds, end = keys_[from + 1].when.seconds;
    if (end - begin <= smoothing_.shape_sigma_s) {
        return smoothed_shape(from, seconds, crossed);
    }
    const auto as_it_is = [&](std::size_t key) -> Shape {
        const Shape& known = shape(key);
        return known == nullptr || is_crossed(refined(key), keys_[key].view.min_score) == crossed
                   ? known
                   : std::make_shared<BodyShape>(with_torso_mirrored(*known));
    };
    const Shape a = as_it_is(from), b = as_it_is(from + 1);
    if (a == nullptr && b == nullptr) {
        return nullptr;
    }
    const auto share = static_cast<float>((seconds - begin) / (end - begin));
    const std::array<WeightedShape, 2> both{{{a.get(), 1 - share}, {b.get(), share}}};
    return std::make_shared<BodyShape>(rounded(mix(both)));
}

PoseKnot Track::resting_knot(std::size_t key) {
    return {keys_[key].when.seconds, refined(key).keypoints, {}};
}

PoseKnot Track::knot(std::size_t key) {
    PoseKnot at = resting_knot(key);
    Key& stored = keys_[key];
    if (!stored.velocities) {
        const std::size_t first = key - std::min(key, kKnotsAside);
        const std::size_t last = std::min(key + kKnotsAside, keys_.size() - 1);
        std::vector<PoseKnot> knots;
        for (std::size_t k = first; k <= last; ++k) {
            knots.push_back(resting_knot(k));
        }
        stored.velocities =
            velocities_at(knots, key - first, smoothing_.bias * body_scale(stored.measured));
    }
    at.velocities = *stored.velocities;
    return at;
}

Pose Track::pose_between(std::size_t from, const Instant& when) {
    const std::size_t to = from + 1;
    const Pose& a = refined(from);
    const Pose& b = refined(to);
    const double length = keys_[to].when.seconds - keys_[from].when.seconds;
    const double share = length > 0 ? (when.seconds - keys_[from].when.seconds) / length : 0.0;
    Pose pose;
    pose.skeleton = a.skeleton;
    pose.person_id = id_;
    pose.origin = PoseOrigin::kInterpolated;
    const bool exchanged = length <= kSpikeWindow && sides_exchanged(a, b);
    pose.keypoints =
        exchanged ? between_exchanged(a, b, share) : between(knot(from), knot(to), when.seconds);
    pose.score = static_cast<float>(a.score + share * (static_cast<double>(b.score) - a.score));
    pose.box = enclosing_box(pose.keypoints);
    const Pose& nearest = share <= 0.5 ? a : b;
    pose.facing = exchanged ? nearest.facing : mix(a.facing, b.facing, share);
    pose.mask = nearest_mask(from, when.seconds, pose);
    pose.shape = has_shapes_ ? shape_between(from, when.seconds, pose) : nullptr;
    return pose;
}

Pose Track::with_shape(std::size_t key) {
    Pose pose = refined(key);
    if (has_shapes_ && !has_outline(key)) {
        pose.mask = nearest_mask(key, keys_[key].when.seconds, pose);
    }
    pose.shape = has_shapes_ ? shape(key) : nullptr;
    return pose;
}

std::optional<Pose> Track::pose_at(const Instant& when, double hold_s) {
    std::optional<Pose> pose = unlabeled_at(when, hold_s);
    if (pose && has_labels_) {
        pose->labels = labels_at(when, *pose);
        pose->arms_agree = arms_agree_at(when);
    }
    return pose;
}

std::optional<Pose> Track::unlabeled_at(const Instant& when, double hold_s) {
    const std::size_t next = first_from(when);
    if (next < keys_.size() && keys_[next].when.frame == when.frame) {
        return with_shape(next);
    }
    if (next == 0) {
        return std::nullopt;
    }
    if (next < keys_.size()) {
        return pose_between(next - 1, when);
    }
    if (when.frame >= gone_from_ || when.seconds - keys_.back().when.seconds > hold_s) {
        return std::nullopt;
    }
    Pose pose = with_shape(next - 1);
    pose.origin = PoseOrigin::kHeld;
    return pose;
}

void Track::forget_before(const Instant& when) {
    // Kept: the key frame before `when`, those before that (velocity), those in reach of them, or
    // of its shape, and one more (spikes).
    const std::size_t next = first_from(when);
    if (next < 1 + kKnotsAside) {
        return;
    }
    double oldest = std::min(keys_[next - 1 - kKnotsAside].when.seconds - reach(),
                             keys_[next - 1].when.seconds - shape_reach());
    if (has_labels_) {
        oldest = std::min(oldest, when.seconds - kLabelHoldS - kLabelReachS - reach());
    }
    while (keys_[1].when.seconds < oldest) {
        keys_.pop_front();
        facing_.pop_front();
    }
}

}  // namespace closet
