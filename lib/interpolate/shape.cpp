#include "interpolate/shape.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace closet {
namespace {

/// A line needs observations at different times: where the spread of their times (variance, in
/// sigmas squared) is near this or below, its slope fades to 0. Those of all around have 1.
constexpr double kLeastSpread = 1e-3;

/// Weighted sums over the observations of one measure; times in sigmas.
struct Sums {
    double w = 0, wt = 0, wtt = 0, wy = 0, wty = 0;
    float least = std::numeric_limits<float>::max();
    float most = std::numeric_limits<float>::lowest();

    void add(const Measure& measure, double t, double weight) {
        const double share = weight * measure.certainty;
        if (!(share > 0)) {
            return;
        }
        const double y = measure.value;
        w += share;
        wt += share * t;
        wtt += share * t * t;
        wy += share * y;
        wty += share * t * y;
        least = std::min(least, measure.value);
        most = std::max(most, measure.value);
    }

    Measure at_origin(double all_weights) const {
        if (!(w > 0)) {
            return {};
        }
        const double mean_t = wt / w;
        const double mean_y = wy / w;
        const double spread = wtt / w - mean_t * mean_t;
        const double slope = (wty / w - mean_t * mean_y) / (spread + kLeastSpread);
        const auto value = static_cast<float>(mean_y - slope * mean_t);
        return {std::clamp(value, least, most), static_cast<float>(w / all_weights)};
    }
};

}  // namespace

BodyShape with_torso_mirrored(BodyShape shape) {
    std::swap(shape.half_width[0], shape.half_width[1]);
    std::reverse(shape.top.begin(), shape.top.end());
    return shape;
}

std::optional<BodyShape> smooth_shape(std::span<const ObservedShape> observations, double seconds,
                                      double sigma) {
    std::array<Sums, kShapeMeasures> sums;
    double all_weights = 0;
    bool any = false;
    for (const ObservedShape& one : observations) {
        const double t = (one.seconds - seconds) / sigma;
        const double inside = 1 - t * t / (kShapeReach * kShapeReach);
        if (!(inside > 0)) {
            continue;
        }
        const double weight = inside * inside * inside;
        all_weights += weight;
        if (one.shape != nullptr) {
            any = true;
            for_each_measure(*one.shape, [&, i = std::size_t{0}](const Measure& measure) mutable {
                sums[i++].add(measure, t, weight);
            });
        }
    }
    if (!any) {
        return std::nullopt;
    }
    BodyShape result;
    for_each_measure(result, [&, i = std::size_t{0}](Measure& measure) mutable {
        measure = sums[i++].at_origin(all_weights);
    });
    return result;
}

}  // namespace closet
