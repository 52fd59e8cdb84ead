#include "interpolate/spline.h"

#include <algorithm>
#include <cmath>

namespace closet {
namespace {

/// Limit of Fritsch and Carlson: a Hermite piece with both end slopes within three times its chord
/// does not overshoot.
constexpr float kSlopeLimit = 3.0F;

/// Differences of time below this are duplicated timestamps, not motion.
constexpr double kSameTime = 1e-9;

/// Of point i from one knot to another, at another time.
cv::Point3f slope(const PoseKnot& from, const PoseKnot& to, std::size_t i) {
    const Keypoint& a = from.points[i];
    const Keypoint& b = to.points[i];
    const auto rate = static_cast<float>(1.0 / (to.seconds - from.seconds));
    return {(b.x - a.x) * rate, (b.y - a.y) * rate, (b.z - a.z) * rate};
}

float speed(const cv::Point3f& velocity) {
    return std::hypot(velocity.x, velocity.y);
}

/// A piece without a chord, left and reached at a speed of 1 within a time of 1, swings so far.
constexpr double kSwing = 0.25;

/// Scales a velocity so that neither its path in the picture nor its depth exceeds the limit, or
/// `least` where that is more.
cv::Point3f limited(cv::Point3f velocity, const cv::Point3f& left, const cv::Point3f& right,
                    float least) {
    const float limit = std::max(kSlopeLimit * std::min(speed(left), speed(right)), least);
    const float length = speed(velocity);
    if (length > limit) {
        velocity.x *= limit / length;
        velocity.y *= limit / length;
    }
    const float depth =
        std::max(kSlopeLimit * std::min(std::abs(left.z), std::abs(right.z)), least);
    velocity.z = std::clamp(velocity.z, -depth, depth);
    return velocity;
}

}  // namespace

std::vector<cv::Point3f> velocities_at(std::span<const PoseKnot> knots, std::size_t at,
                                       double overshoot) {
    const PoseKnot& here = knots[at];
    std::vector<const PoseKnot*> others;  // nearest first, one side after the other
    double reached = here.seconds;
    for (std::size_t i = at; i-- > 0;) {
        if (reached - knots[i].seconds >= kSameTime) {
            reached = knots[i].seconds;
            others.push_back(&knots[i]);
        }
    }
    const std::size_t earlier = others.size();
    reached = here.seconds;
    for (const PoseKnot& knot : knots.subspan(at + 1)) {
        if (knot.seconds - reached >= kSameTime) {
            reached = knot.seconds;
            others.push_back(&knot);
        }
    }
    std::vector<cv::Point3f> velocities(here.points.size());
    const PoseKnot* left = earlier > 0 ? others.front() : nullptr;
    const PoseKnot* right = earlier < others.size() ? others[earlier] : nullptr;
    if (left == nullptr || right == nullptr) {
        for (std::size_t i = 0; i < velocities.size(); ++i) {
            velocities[i] = left != nullptr    ? slope(*left, here, i)
                            : right != nullptr ? slope(here, *right, i)
                                               : cv::Point3f();
        }
        return velocities;
    }
    for (const PoseKnot* knot : others) {
        double share = 1;
        for (const PoseKnot* other : others) {
            share *= other == knot
                         ? 1
                         : (here.seconds - other->seconds) / (knot->seconds - other->seconds);
        }
        for (std::size_t i = 0; i < velocities.size(); ++i) {
            velocities[i] += slope(here, *knot, i) * static_cast<float>(share);
        }
    }
    const double longer = std::max(here.seconds - left->seconds, right->seconds - here.seconds);
    const auto least = static_cast<float>(overshoot / (kSwing * longer));
    for (std::size_t i = 0; i < velocities.size(); ++i) {
        velocities[i] =
            limited(velocities[i], slope(*left, here, i), slope(here, *right, i), least);
    }
    return velocities;
}

std::vector<Keypoint> between(const PoseKnot& from, const PoseKnot& to, double seconds) {
    const double length = to.seconds - from.seconds;
    const double s =
        length < kSameTime ? 0.0 : std::clamp((seconds - from.seconds) / length, 0.0, 1.0);
    // Hermite basis, written as a step from the first point, so that points at rest stay exact.
    const double step = s * s * (3.0 - 2.0 * s);
    const double leave = s * (1.0 - s) * (1.0 - s) * length;
    const double arrive = -s * s * (1.0 - s) * length;
    std::vector<Keypoint> points(from.points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Keypoint& a = from.points[i];
        const Keypoint& b = to.points[i];
        const cv::Point3f& u = from.velocities[i];
        const cv::Point3f& v = to.velocities[i];
        const auto coordinate = [&](float p, float q, float leaving, float arriving) {
            return static_cast<float>(p + step * (static_cast<double>(q) - p) + leave * leaving +
                                      arrive * arriving);
        };
        points[i] = {coordinate(a.x, b.x, u.x, v.x), coordinate(a.y, b.y, u.y, v.y),
                     coordinate(a.z, b.z, u.z, v.z),
                     static_cast<float>(a.score + s * (static_cast<double>(b.score) - a.score))};
    }
    return points;
}

}  // namespace closet
