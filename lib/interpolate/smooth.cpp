#include "interpolate/smooth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/curve.h"

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

/// Widths of the parabolas, in sigmas: 0.1 and 0.15 s at the default. The second keeps 93 % of a
/// body that sways once a second and a tenth of a network's trembling (in second differences).
constexpr std::array kParabolaSigmas{2.0, 3.0};
/// At the ends of a track a parabola swings: it fades out where the observations' mean time is so
/// far from its own, in its sigmas.
constexpr double kOneSidedFrom = 0.25, kOneSidedTo = 0.7;

/// Depth is smoothed so many times wider: it is noisier than places in the picture by an order of
/// magnitude (the shoulders' of a man on one leg change sides), and nothing is drawn where it says.
constexpr double kDepthSigmas = 4;

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

/// Shares of observations in the value at `origin` of a parabola fitted likewise, and how far it
/// is to be believed: 0 where it has no observations on both sides.
struct ParabolaFit {
    ParabolaFit(std::span<const Observation> observations, double origin, double sigma,
                double reach)
        : line(observations, origin, sigma, reach) {
        double cubes = 0, fourths = 0;
        for (std::size_t i = 0; i < observations.size(); ++i) {
            const double t = line.time(i), square = line.weights[i] * t * t;
            cubes += square * t;
            fourths += square * t * t;
        }
        // Solves the normal equations for the shares of the moments 0, 1 and 2 in the value.
        const double a = line.sum_tt * fourths - cubes * cubes;
        const double b = line.sum_tt * cubes - line.sum_t * fourths;
        const double c = line.sum_t * cubes - line.sum_tt * line.sum_tt;
        const double determinant = line.sum * a + line.sum_t * b + line.sum_tt * c;
        const double unit = sigma * sigma;
        if (!(determinant > 1e-6 * line.sum * line.sum * line.sum * unit * unit * unit)) {
            return;
        }
        of_moment = {a / determinant, b / determinant, c / determinant};
        const double aside = std::abs(line.sum_t / line.sum) / sigma;
        trust = 1 - smoothstep(kOneSidedFrom, kOneSidedTo, aside);
    }

    double value_share(std::size_t i) const {
        const double t = line.time(i);
        return line.weights[i] * (of_moment[0] + t * (of_moment[1] + t * of_moment[2]));
    }

    LineFit line;
    std::array<double, 3> of_moment{};
    double trust = 0;
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
                double bias, double steady) {
    const Keypoint& measured = observations[center].point;
    const double bend = acceleration(observations, center, sigma);
    const double allowed = bend > 0 ? std::sqrt(2.0 * bias / bend) : sigma;
    const double now = observations[center].seconds;
    const double width = std::min(sigma, allowed);
    const LineFit line(observations, now, width, kSmoothingReach * width);
    const LineFit depth(observations, now, kDepthSigmas * sigma, kKeypointReach * sigma);
    const std::array<ParabolaFit, kParabolaSigmas.size()> parabolas{
        ParabolaFit{observations, now, kParabolaSigmas[0] * sigma, kKeypointReach * sigma},
        ParabolaFit{observations, now, kParabolaSigmas[1] * sigma, kKeypointReach * sigma}};
    cv::Point2d place;
    double z = 0, score = 0;
    std::array<cv::Point2d, kParabolaSigmas.size()> wider{};
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const Keypoint& other = observations[i].point;
        const cv::Point2d off(static_cast<double>(other.x) - measured.x,
                              static_cast<double>(other.y) - measured.y);
        place += off * line.value_share(i);
        for (std::size_t k = 0; k < wider.size(); ++k) {
            wider[k] += off * parabolas[k].value_share(i);
        }
        z += depth.value_share(i) * (static_cast<double>(other.z) - measured.z);
        score += line.weights[i] / line.sum * (static_cast<double>(other.score) - measured.score);
    }
    for (std::size_t k = 0; k < wider.size(); ++k) {
        const double apart = cv::norm(wider[k] - place) / steady;
        place += (wider[k] - place) * (parabolas[k].trust * (1 - smoothstep(1.0, 2.0, apart)));
    }
    return {static_cast<float>(measured.x + place.x), static_cast<float>(measured.y + place.y),
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
