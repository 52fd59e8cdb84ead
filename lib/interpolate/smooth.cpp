#include "interpolate/smooth.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace closet {
namespace {

/// Weight of a keypoint that the network does not see; not 0, so that it still follows its own
/// kind.
constexpr double kLeastWeight = 0.05;

/// A limb accelerates by 10 g at most in ordinary motion; a trunk is about half a metre long, so
/// that is 200 trunk lengths per second squared.
constexpr double kFastestLimb = 200.0;

/// Jumps below this share of the trunk are noise or motion, not spikes.
constexpr double kSmallestSpike = 0.2;

/// Depth is smoothed so many times wider, within the same reach: it is noisier than places in the
/// picture by an order of magnitude (the shoulders' of a man on one leg change sides), and nothing
/// is drawn where it says.
constexpr double kDepthSigmas = 2;

/// Weighted sums of a local line around `origin`; observations beyond `reach` seconds have no
/// weight.
struct LineFit {
    LineFit(std::span<const Observation> all, double origin_s, double sigma, double reach)
        : observations(all), origin(origin_s) {
        weights.reserve(all.size());
        for (const Observation& one : all) {
            const double t = one.seconds - origin;
            const double u = t / sigma;
            const double score = std::max<double>(one.point.score, kLeastWeight);
            const double weight = std::abs(t) <= reach ? score * std::exp(-u * u / 2.0) : 0.0;
            weights.push_back(weight);
            sum += weight;
            sum_t += weight * t;
            sum_tt += weight * t * t;
        }
        determinant = sum * sum_tt - sum_t * sum_t;
        // Equal times (or one observation) define no line: fall back to the mean.
        is_line = determinant > 1e-9 * sum * sum * sigma * sigma;
    }

    double time(std::size_t i) const { return observations[i].seconds - origin; }

    /// Share of observation i in the line's value at the origin; the shares add up to 1.
    double value_share(std::size_t i) const {
        return is_line ? weights[i] * (sum_tt - sum_t * time(i)) / determinant : weights[i] / sum;
    }

    /// Share of observation i in the line's slope; the shares add up to 0.
    double slope_share(std::size_t i) const {
        return is_line ? weights[i] * (sum * time(i) - sum_t) / determinant : 0.0;
    }

    std::span<const Observation> observations;
    double origin;
    std::vector<double> weights;
    double sum = 0, sum_t = 0, sum_tt = 0, determinant = 0;
    bool is_line = false;
};

struct Velocity {
    double x = 0, y = 0;  ///< shown pixels a second
};

/// Sums differences to `base`, not coordinates, so that standing still gives exactly 0.
Velocity velocity_at(std::span<const Observation> observations, const Keypoint& base,
                     double seconds, double sigma) {
    const LineFit line(observations, seconds, sigma, kSmoothingReach * sigma);
    Velocity velocity;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const double share = line.slope_share(i);
        velocity.x += share * (static_cast<double>(observations[i].point.x) - base.x);
        velocity.y += share * (static_cast<double>(observations[i].point.y) - base.y);
    }
    return velocity;
}

/// Largest change of velocity within one sigma of the center, in pixels per second squared.
double acceleration(std::span<const Observation> observations, std::size_t center, double sigma) {
    const double now = observations[center].seconds;
    const Keypoint& base = observations[center].point;
    const Velocity middle = velocity_at(observations, base, now, sigma);
    double largest = 0;
    for (const double side : {-sigma, sigma}) {
        // Beyond the ends of the track a slope would be a guess.
        if (now + side >= observations.front().seconds &&
            now + side <= observations.back().seconds) {
            const Velocity other = velocity_at(observations, base, now + side, sigma);
            largest = std::max(largest, std::hypot(other.x - middle.x, other.y - middle.y) / sigma);
        }
    }
    return largest;
}

float lerp(float from, float to, double share) {
    return static_cast<float>(from + (static_cast<double>(to) - from) * share);
}

}  // namespace

Keypoint smooth(std::span<const Observation> observations, std::size_t center, double sigma,
                double bias) {
    const Keypoint& measured = observations[center].point;
    const double bend = acceleration(observations, center, sigma);
    const double allowed = bend > 0 ? std::sqrt(2.0 * bias / bend) : sigma;
    const double now = observations[center].seconds;
    const double width = std::min(sigma, allowed);
    const LineFit line(observations, now, width, kSmoothingReach * width);
    const LineFit depth(observations, now, kDepthSigmas * sigma, kSmoothingReach * sigma);
    double x = 0, y = 0, z = 0, score = 0;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const Keypoint& other = observations[i].point;
        const double share = line.value_share(i);
        x += share * (static_cast<double>(other.x) - measured.x);
        y += share * (static_cast<double>(other.y) - measured.y);
        z += depth.value_share(i) * (static_cast<double>(other.z) - measured.z);
        score += line.weights[i] / line.sum * (static_cast<double>(other.score) - measured.score);
    }
    return {static_cast<float>(measured.x + x), static_cast<float>(measured.y + y),
            static_cast<float>(measured.z + z),
            std::clamp(static_cast<float>(measured.score + score), 0.0F, 1.0F)};
}

Keypoint without_spike(const Observation& before, const Observation& middle,
                       const Observation& after, double scale) {
    const double left = middle.seconds - before.seconds;
    const double right = after.seconds - middle.seconds;
    if (left <= 0 || right <= 0 || left + right > kSpikeWindow) {
        return middle.point;
    }
    const double share = left / (left + right);
    const Keypoint between{
        lerp(before.point.x, after.point.x, share), lerp(before.point.y, after.point.y, share),
        lerp(before.point.z, after.point.z, share),
        std::min(middle.point.score, lerp(before.point.score, after.point.score, share))};
    const double jump = std::hypot(middle.point.x - between.x, middle.point.y - between.y);
    const double there_and_on =
        std::hypot(after.point.x - before.point.x, after.point.y - before.point.y);
    // Under constant acceleration a the middle is off the chord by a * left * right / 2.
    const double possible = std::max(kSmallestSpike, kFastestLimb * left * right / 2.0) * scale;
    if (jump > possible && there_and_on < jump / 2.0) {
        return between;
    }
    // The median of three, as a whole body's depth is inside out in single key frames.
    Keypoint point = middle.point;
    point.z = std::clamp(point.z, std::min(before.point.z, after.point.z),
                         std::max(before.point.z, after.point.z));
    return point;
}

}  // namespace closet
