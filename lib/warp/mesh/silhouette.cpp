#include "warp/mesh/silhouette.h"

#include <algorithm>
#include <cmath>

#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

// Priors of the mesh study (section 3), in shoulder widths; levels in torso lengths.
constexpr double kLeastShoulder = 0.28;  ///< half width seen from the side
constexpr double kLeastHip = 0.28;
constexpr double kPriorWeight = 0.12;  ///< certainty of the prior of a torso's half width
constexpr double kArmPriorWeight = 0.15;
/// Measurements are believed within this range of the prior; of half widths, which are depths in
/// profile, where the prior tells little, at least up to the last, shoulder widths.
constexpr double kNarrowestShare = 0.72, kWidestShare = 1.45, kDeepest = 0.55;
constexpr double kArmNarrowest = 0.5, kArmWidest = 2.0;
constexpr double kMostBeside = 1.2;  ///< of an arm's middle from its bone, in half widths
/// A joint lies at least so far inside the silhouette (of the usual half width of an arm), and is
/// moved by no more than the second.
constexpr double kShoulderInside = 0.75, kMostDrawnIn = 0.15;
/// Above the armpits the silhouette is that of the shoulders and arms, not of the torso.
constexpr double kArmpitFrom = 0.12, kArmpitTo = 0.26;
constexpr double kShapeSmoothRows = 2.5;  ///< of BodyShape
constexpr double kRibs = 0.5;             ///< torso lengths: shoulders that tilt turn nothing below
/// The line through both shoulders tells a direction above these lengths, as in Note [Body frame].
constexpr double kAxisFrom = 0.24, kAxisTo = 0.6;
constexpr double kMirrored = 0.7;  ///< certainty of a top for the same place on the other side
constexpr double kSmoothArmRows = 1.0;
constexpr std::array<Knot, 6> kArmPrior{
    {{0.0, 0.19}, {0.5, 0.165}, {1.0, 0.135}, {1.5, 0.12}, {2.0, 0.085}, {2.2, 0.08}}};

}  // namespace

Silhouette::Silhouette(const BodyFrame& body, const BodyShape* shape,
                       std::optional<bool> left_sleeve_on_right)
    : body_(body) {
    const cv::Point2d picture_right(body.down.y, -body.down.x);
    left_is_right_ = body.across.dot(picture_right) >= 0;
    left_sleeve_on_right_ = left_sleeve_on_right.value_or(left_is_right_);
    if (shape != nullptr) {
        draw_in_shoulders(*shape);
    }
    measure_torso(shape);
    measure_arms(shape);
    if (shape != nullptr) {
        measure_tops(*shape);
    }
}

void Silhouette::measure_torso(const BodyShape* shape) {
    const cv::Point2d hips = body_.middle + body_.down * body_.torso;
    for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
        const auto body_side = static_cast<std::size_t>(side_of(side));
        const auto across = [&](cv::Point2d p) {
            return std::abs(p.dot(body_.across)) / body_.unit;
        };
        const double shoulder = shoulder_half_width(side);
        const double hip = std::max(across(body_.hip[body_side] - hips), kLeastHip);
        const std::array<Knot, 5> prior{{{0.0, 1.02 * shoulder},
                                         {0.25, 0.98 * shoulder},
                                         {0.6, 0.45 * shoulder + 0.7 * hip},
                                         {1.0, 1.55 * hip},
                                         {1.3, 1.65 * hip}}};
        std::vector<double> sum(BodyShape::kRows), weight(BodyShape::kRows);
        for (std::size_t i = 0; i < BodyShape::kRows; ++i) {
            const double level = BodyShape::row_level(i) * body_.unit / body_.torso;
            const double expected = polyline(prior, level);
            sum[i] = expected * kPriorWeight;
            weight[i] = kPriorWeight;
            if (shape != nullptr) {
                const Measure& seen = shape->half_width[body_side][i];
                const double certainty = std::clamp(static_cast<double>(seen.certainty), 0.0, 1.0) *
                                         smoothstep(kArmpitFrom, kArmpitTo, level);
                sum[i] += certainty * std::clamp(static_cast<double>(seen.value),
                                                 kNarrowestShare * expected,
                                                 std::max(kWidestShare * expected, kDeepest));
                weight[i] += certainty;
            }
        }
        smooth(sum, kShapeSmoothRows);
        smooth(weight, kShapeSmoothRows);
        auto& half = half_[static_cast<std::size_t>(side)];
        auto& seen = half_seen_[static_cast<std::size_t>(side)];
        half.resize(sum.size());
        seen.resize(sum.size());
        for (std::size_t i = 0; i < sum.size(); ++i) {
            half[i] = sum[i] / weight[i];
            seen[i] = (1 + kPriorWeight) * (1 - kPriorWeight / weight[i]);
        }
    }
}

void Silhouette::measure_arms(const BodyShape* shape) {
    for (const PictureSide side : {PictureSide::kLeft, PictureSide::kRight}) {
        const auto picture_side = static_cast<std::size_t>(side);
        const Side body_side = arm_of(side);
        // The outer side is the same for all directions: test it with the arm hanging down.
        const bool outer_is_positive =
            body_.outer(body_side, body_.down).dot(quarter_turn(body_.down)) > 0;
        std::vector<double>& halves = arm_half_[picture_side];
        std::vector<double>& middles = arm_middle_[picture_side];
        halves.resize(BodyShape::kArmRows);
        middles.resize(BodyShape::kArmRows);
        for (std::size_t i = 0; i < halves.size(); ++i) {
            const double t = BodyShape::arm_parameter(i);
            const double expected = polyline(kArmPrior, t);
            halves[i] = expected;
            middles[i] = 0;
            if (shape == nullptr) {
                continue;
            }
            const BodyShape::Arm& arm = shape->arm[static_cast<std::size_t>(body_side)];
            const auto certainty = [](const Measure& seen) {
                return std::clamp(static_cast<double>(seen.certainty), 0.0, 1.0);
            };
            const auto of_prior = [&](const Measure& seen, double least, double otherwise) {
                return mix(otherwise,
                           std::clamp(static_cast<double>(seen.value), least * expected,
                                      kArmWidest * expected),
                           certainty(seen) / (certainty(seen) + kArmPriorWeight));
            };
            // Where one edge is seen only, the arm is as wide as usual from there: bones of the
            // network lie beside the arm's middle.
            const double outer = of_prior(arm.outer[i], -kMostBeside, expected);
            const double inner = of_prior(arm.inner[i], kArmNarrowest, 2 * expected - outer);
            halves[i] = std::max((outer + inner) / 2, kArmNarrowest * expected);
            const double beside =
                std::clamp((outer - inner) / 2, -kMostBeside * expected, kMostBeside * expected);
            middles[i] = (outer_is_positive ? 1 : -1) * beside;
        }
        smooth(halves, kSmoothArmRows);
        smooth(middles, kSmoothArmRows);
    }
}

/// Shoulder joints of the network that lie at the silhouette's edge are drawn in.
void Silhouette::draw_in_shoulders(const BodyShape& shape) {
    for (const Side side : closet::kSides) {
        const auto s = static_cast<std::size_t>(side);
        double sum = 0, weight = 0;
        for (const std::size_t i : {1U, 2U, 3U}) {
            const Measure& outer = shape.arm[s].outer[i];
            const double certainty = std::clamp(static_cast<double>(outer.certainty), 0.0, 1.0);
            const double expected = polyline(kArmPrior, BodyShape::arm_parameter(i));
            sum += certainty *
                   std::clamp(kShoulderInside * expected - static_cast<double>(outer.value), 0.0,
                              kMostDrawnIn);
            weight += certainty;
        }
        const double in = sum / (weight + kArmPriorWeight);
        const double outwards = (body_.shoulder[s] - body_.middle).dot(body_.across) > 0 ? 1 : -1;
        body_.shoulder[s] -= body_.across * (outwards * in * body_.unit);
    }
}

/// Hair hides one side of the neck more often than both. A body is the same on both sides of the
/// spine, seen from the line through its shoulders, so what is hidden is as high as the other side.
void Silhouette::measure_tops(const BodyShape& shape) {
    const cv::Point2d joint = body_.shoulder[0] - body_.middle;
    const double lateral = joint.dot(body_.across);
    const double slope = lateral > 0 ? -joint.dot(body_.down) / lateral : 0.0;
    const double alike = kMirrored * smoothstep(kAxisFrom, kAxisTo, body_.shoulders / body_.unit);
    const auto axis_over = [&](double x) {
        const cv::Point2d foot = body_.row(0) * x;
        return slope * foot.dot(body_.across) + foot.dot(body_.down);
    };
    for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
        const Measure& own = shape.top[i];
        const Measure& other = shape.top[BodyShape::kTops - 1 - i];
        const double x = BodyShape::top_position(i);
        const double mirrored = static_cast<double>(other.value) - axis_over(-x) + axis_over(x);
        const double seen = std::clamp(static_cast<double>(own.certainty), 0.0, 1.0);
        const double guessed =
            alike * (1 - seen) * std::clamp(static_cast<double>(other.certainty), 0.0, 1.0);
        const double certainty = seen + guessed;
        top_[i] =
            certainty > 0
                ? Estimate{(seen * static_cast<double>(own.value) + guessed * mirrored) / certainty,
                           certainty}
                : Estimate{};
    }
}

cv::Point2d Silhouette::row(double v) const {
    const cv::Point2d axis = body_.shoulder[0] - body_.shoulder[1];
    const double share = smoothstep(kAxisFrom, kAxisTo, body_.shoulders / body_.unit) *
                         (1 - smoothstep(0.0, kRibs, v * body_.unit / body_.torso));
    return to_picture_right(
        unit_of(mix(body_.row(v), unit_of(axis, body_.across), share), body_.across));
}

double Silhouette::shoulder_half_width(PictureSide side) const {
    const cv::Point2d joint = body_.shoulder[static_cast<std::size_t>(side_of(side))];
    return std::max(std::abs((joint - body_.middle).dot(body_.across)) / body_.unit,
                    kLeastShoulder);
}

Estimate Silhouette::half_width(PictureSide side, double v) const {
    constexpr double kStep = (BodyShape::kLastRow - BodyShape::kFirstRow) / (BodyShape::kRows - 1);
    const double at = (v - BodyShape::kFirstRow) / kStep;
    const auto i = static_cast<std::size_t>(side);
    return {look_up<double>(half_[i], at), look_up<double>(half_seen_[i], at)};
}

Estimate Silhouette::top_above(cv::Point2d at) const {
    // off = x * across - height * down
    const cv::Point2d across = body_.row(0);
    const cv::Point2d off = (at - body_.middle) / body_.unit;
    const double determinant = across.cross(body_.down);
    const double x = off.cross(body_.down) / determinant;
    const double height = -across.cross(off) / determinant;
    if (x < BodyShape::kFirstTop || x > BodyShape::kLastTop) {
        return {};
    }
    constexpr double kStep = (BodyShape::kLastTop - BodyShape::kFirstTop) / (BodyShape::kTops - 1);
    const auto [i, share] = between((x - BodyShape::kFirstTop) / kStep, top_.size());
    const double a = (1 - share) * top_[i].seen;
    const double b = share * top_[i + 1].seen;
    return a + b > 0
               ? Estimate{(a * top_[i].value + b * top_[i + 1].value) / (a + b) - height, a + b}
               : Estimate{};
}

Silhouette::ArmWidth Silhouette::arm(PictureSide side, double t) const {
    const auto i = static_cast<std::size_t>(side);
    const double at = t / 2.0 * static_cast<double>(arm_half_[i].size() - 1);
    return {look_up<double>(arm_half_[i], at), look_up<double>(arm_middle_[i], at)};
}

Silhouette::ArmWidth Silhouette::bare_arm(PictureSide side, double t, double bare_from) const {
    const ArmWidth seen = arm(side, t);
    if (t >= bare_from) {
        return seen;
    }
    const ArmWidth below = arm(side, bare_from);
    const double half = below.half * polyline(kArmPrior, t) / polyline(kArmPrior, bare_from);
    const double high = std::min(seen.middle + seen.half, below.middle + half);
    const double low = std::max(seen.middle - seen.half, below.middle - half);
    return {(high - low) / 2, (high + low) / 2};
}

}  // namespace closet::mesh
