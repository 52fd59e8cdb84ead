#include "body/measuring.h"

#include <algorithm>
#include <cmath>

#include "core/curve.h"

namespace closet::body {
namespace {

// Certainties of the mesh study (section 3).
constexpr double kOnArm = 0.35, kAboveArmpit = 0.05;

// Lengths in shoulder widths, levels in torso lengths.
constexpr double kRowReach = 1.15;                        ///< farthest edge of a torso
constexpr double kArmpitFrom = 0.12, kArmpitTo = 0.22;    ///< levels
constexpr double kCoveredFrom = 0.04, kCoveredTo = 0.12;  ///< depth of the edge in an arm
constexpr double kBeyondFrom = 0.15, kBeyondTo = 0.3;     ///< of the edge from an arm in front
constexpr double kLegsFrom = 0.95;  ///< level below which the spine may be between the legs, ...
constexpr double kLegGap = 0.35;    ///< ... and how wide the gap may be
constexpr double kThighFrom = 0.45, kThighTo = 0.7;  ///< of the usual width: less is an inner side
constexpr double kLeastShoulder = 0.28, kLeastHip = 0.28;  ///< half widths of the prior, profile

}  // namespace

Measuring::Measuring(const Pose& pose, const BodyFrame& body, const MaskRays& rays, float min_score)
    : body_(body),
      rays_(rays),
      arms_{arm_bones(pose, body, Side::kLeft, min_score),
            arm_bones(pose, body, Side::kRight, min_score)},
      capsules_(arms_, body) {}

/// Position of a point across the spine, to the wearer's left, in shoulder widths.
double Measuring::lateral(cv::Point2d at) const {
    return (at - body_.middle).dot(body_.across) / body_.unit;
}

/// Height of a point over the middle of the shoulders, along the spine, in shoulder widths.
double Measuring::height(cv::Point2d at) const {
    return -(at - body_.middle).dot(body_.down) / body_.unit;
}

/// Half width to be expected of a torso at `level` torso lengths (mesh study, section 3).
double Measuring::usual_half_width(Side side, double level) const {
    const auto s = static_cast<std::size_t>(side);
    const double shoulder = std::max(std::abs(lateral(body_.shoulder[s])), kLeastShoulder);
    const double hip = std::max(std::abs(lateral(body_.hip[s])), kLeastHip);
    return polyline(std::array<Knot, 5>{{{0.0, 1.02 * shoulder},
                                         {0.25, 0.98 * shoulder},
                                         {0.6, 0.45 * shoulder + 0.7 * hip},
                                         {1.0, 1.55 * hip},
                                         {1.3, 1.65 * hip}}},
                    level);
}

/// Where the silhouette ends, seen from the spine. `legs`: it may consist of two, of which the
/// outer edge of the farther one counts.
std::optional<double> Measuring::torso_edge(const Ray& ray, bool inside, bool legs) const {
    // Rays go on past a crossing by half a mask pixel, so that they begin on the other side.
    const double past = 0.5 / rays_.mask_length(ray.step);
    auto edge = inside ? rays_.exit(ray, 0, kRowReach) : std::optional(0.0);
    if (edge && legs) {
        const auto leg = rays_.entry(ray, *edge + (inside ? past : 0.0), *edge + kLegGap);
        if (leg && capsules_.distance(ray.at(*leg)) > kNearArmTo) {
            return rays_.exit(ray, *leg + past, kRowReach);
        }
    }
    return inside ? edge : std::nullopt;
}

Measure Measuring::row(Side side, double v) const {
    const double level = v * body_.unit / body_.torso;
    const cv::Point2d across = body_.row(v) * (side == Side::kLeft ? 1.0 : -1.0);
    const Ray ray{body_.spine(v), across * body_.unit};
    const auto inside = rays_.is_person(ray.from);
    if (!inside) {
        return {};
    }
    const auto edge = torso_edge(ray, *inside, level > kLegsFrom);
    if (!edge) {
        return {};
    }
    double value = *edge;
    double certainty = 1;
    if (const auto arm = capsules_.first_hit(ray.from, across, *edge)) {
        const double beyond = capsules_.distance(ray.at(*edge));
        const double seen = std::max(1 - smoothstep(kCoveredFrom, kCoveredTo, *edge - *arm),
                                     smoothstep(kBeyondFrom, kBeyondTo, beyond));
        const double guess = std::clamp(usual_half_width(side, level), *arm, *edge);
        value = guess + (*edge - guess) * seen;
        certainty = kOnArm + (1 - kOnArm) * seen;
    }
    if (level > kLegsFrom) {
        const double usual = usual_half_width(side, level);
        certainty *= smoothstep(kThighFrom, kThighTo, value / usual);
    }
    const double torso = smoothstep(kArmpitFrom, kArmpitTo, level);
    return measured(value, certainty * (kAboveArmpit + (1 - kAboveArmpit) * torso));
}

}  // namespace closet::body
