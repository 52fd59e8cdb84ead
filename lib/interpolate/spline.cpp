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

cv::Point3f slope(const Keypoint& from, const Keypoint& to, double seconds) {
    if (seconds < kSameTime) {
        return {};
    }
    const auto rate = static_cast<float>(1.0 / seconds);
    return {(to.x - from.x) * rate, (to.y - from.y) * rate, (to.z - from.z) * rate};
}

float speed(const cv::Point3f& velocity) {
    return std::hypot(velocity.x, velocity.y);
}

/// Scales a velocity so that neither its path in the picture nor its depth exceeds the limit.
cv::Point3f limited(cv::Point3f velocity, const cv::Point3f& left, const cv::Point3f& right) {
    const float limit = kSlopeLimit * std::min(speed(left), speed(right));
    const float length = speed(velocity);
    if (length > limit) {
        velocity.x *= limit / length;
        velocity.y *= limit / length;
    }
    const float depth = kSlopeLimit * std::min(std::abs(left.z), std::abs(right.z));
    velocity.z = std::clamp(velocity.z, -depth, depth);
    return velocity;
}

}  // namespace

std::vector<cv::Point3f> velocities_at(const PoseKnot& before, const PoseKnot& at,
                                       const PoseKnot& after) {
    std::vector<cv::Point3f> velocities(at.points.size());
    const double left = at.seconds - before.seconds;
    const double right = after.seconds - at.seconds;
    const bool has_left = !before.points.empty() && left >= kSameTime;
    const bool has_right = !after.points.empty() && right >= kSameTime;
    for (std::size_t i = 0; i < velocities.size(); ++i) {
        if (has_left && has_right) {
            const cv::Point3f in = slope(before.points[i], at.points[i], left);
            const cv::Point3f out = slope(at.points[i], after.points[i], right);
            const auto share = static_cast<float>(left / (left + right));
            velocities[i] = limited(in + (out - in) * share, in, out);
        } else if (has_left) {
            velocities[i] = slope(before.points[i], at.points[i], left);
        } else if (has_right) {
            velocities[i] = slope(at.points[i], after.points[i], right);
        }
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
