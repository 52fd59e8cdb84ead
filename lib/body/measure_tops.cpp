#include "body/measuring.h"

#include <algorithm>
#include <cmath>

#include "core/curve.h"

namespace closet::body {
namespace {

constexpr double kTopReach = 0.5, kTopDepth = 0.3;
constexpr double kTooHighFrom = 0.08, kTooHighTo = 0.16;  ///< over the usual height
constexpr double kTooLowFrom = 0.15, kTooLowTo = 0.3;
constexpr double kPairFrom = 0.06, kPairTo = 0.12;    ///< difference of a pair
constexpr double kRiseFrom = 0.1, kRiseTo = 0.4;      ///< sine of a raised upper arm over the axis
constexpr double kArmTopFrom = 0.2, kArmTopTo = 0.4;  ///< positions that such an arm lifts

/// Usual height of neck and shoulders over their axis, over the distance from the spine.
constexpr std::array<Knot, 5> kTopPrior{
    {{0.2, 0.27}, {0.3, 0.21}, {0.4, 0.17}, {0.5, 0.13}, {0.6, 0.03}}};

}  // namespace

/// Height of the line through both shoulders over the point `at`.
double Measuring::axis_over(cv::Point2d at) const {
    const double left = lateral(body_.shoulder[0]);
    const double slope =
        std::abs(left) > 0.1 ? height(body_.shoulder[0]) / left : 0.0;  // else seen in profile
    return slope * lateral(at) - height(at);
}

/// How far an upper arm that is raised lifts what is over position x.
double Measuring::lifted(double x) const {
    const ArmBones& arm = arms_[x > 0 ? 0 : 1];
    if (!arm.elbow) {
        return 0;
    }
    const cv::Point2d along = *arm.elbow - arm.shoulder;
    const double length = std::hypot(along.x, along.y);
    const double sine = length > 0 ? -along.dot(body_.down) / length : 0.0;
    return smoothstep(kRiseFrom, kRiseTo, sine) * smoothstep(kArmTopFrom, kArmTopTo, std::abs(x));
}

/// The top over position x; `over_axis` is its height over the line through both shoulders.
Measure Measuring::top(double x, double& over_axis) const {
    const cv::Point2d up = -body_.down;
    const Ray ray{body_.middle + body_.row(0) * (x * body_.unit), up * body_.unit};
    const auto inside = rays_.is_person(ray.from);
    if (!inside) {
        return {};
    }
    double value = 0;
    if (*inside) {
        const auto edge = rays_.exit(ray, 0, kTopReach);
        if (!edge) {
            return {};
        }
        value = *edge;
    } else {
        const auto edge = rays_.entry({ray.from, -ray.step}, 0, kTopDepth);
        if (!edge) {
            return {};
        }
        value = -*edge;
    }
    over_axis = value - axis_over(ray.from);
    const double usual = polyline(kTopPrior, std::abs(x));
    const double hand = capsules_.distance(ray.at(value), ArmCapsules::Part::kForearm);
    const bool through_hand =
        value > 0 && capsules_.first_hit(ray.from, up, value, ArmCapsules::Part::kForearm);
    const double certainty = (1 - smoothstep(kTooHighFrom, kTooHighTo, over_axis - usual)) *
                             (1 - smoothstep(kTooLowFrom, kTooLowTo, usual - over_axis)) *
                             (1 - lifted(x)) *
                             (through_hand ? 0.0 : smoothstep(kNearArmFrom, kNearArmTo, hand));
    return measured(value, certainty);
}

std::array<Measure, BodyShape::kTops> Measuring::tops() const {
    std::array<Measure, BodyShape::kTops> tops;
    std::array<double, BodyShape::kTops> over_axis{};
    for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
        tops[i] = top(BodyShape::top_position(i), over_axis[i]);
    }
    for (std::size_t i = 0; i < BodyShape::kTops / 2; ++i) {
        const std::size_t j = BodyShape::kTops - 1 - i;
        const double both = std::min(tops[i].certainty, tops[j].certainty);
        const double higher = std::abs(over_axis[i] - over_axis[j]);
        Measure& hair = tops[over_axis[i] > over_axis[j] ? i : j];
        hair = measured(hair.value,
                        hair.certainty * (1 - both * smoothstep(kPairFrom, kPairTo, higher)));
    }
    return tops;
}

}  // namespace closet::body
