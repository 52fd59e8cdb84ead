#include "bench/stats/pareto.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "bench/stats/distributions.h"

namespace closet::bench {

namespace {

bool is_tie(const Contrast& contrast) {
    return contrast.value == 0 && contrast.standard_error == 0;
}

Contrast reversed(Contrast contrast) {
    contrast.value = -contrast.value;
    return contrast;
}

/// What speaks against each claim about a pair, from i - j in both figures.
struct PairEvidence {
    double dominated = 1;      ///< p for "j dominates i"
    double not_dominated = 1;  ///< p for "j does not dominate i"
};

PairEvidence evidence(const Contrast& speed, const Contrast& quality) {
    const bool same_speed = is_tie(speed), same_quality = is_tie(quality);
    if (same_speed && same_quality) {
        return {1, 0};
    }
    const double slower = p_above(reversed(speed)), faster = p_above(speed);
    const double poorer = p_above(reversed(quality)), finer = p_above(quality);
    if (same_speed) {
        return {poorer, finer};
    }
    if (same_quality) {
        return {slower, faster};
    }
    // j has to be ahead in both figures: each has to be shown, without correction (Berger 1982).
    // For i to be ahead in one figure there are two chances, hence twice the smaller.
    return {std::max(slower, poorer), std::min(1.0, 2 * std::min(faster, finer))};
}

}  // namespace

std::vector<ParetoMark> pareto(std::size_t cases, const ContrastOf& speed,
                               const ContrastOf& quality, double level) {
    std::vector<ParetoMark> marks(cases, ParetoMark::kUndecided);
    // A case is dominated or it is not: one false claim a case is possible, hence one share each.
    const double share = (1 - level) / static_cast<double>(std::max<std::size_t>(1, cases));
    for (std::size_t i = 0; i < cases; ++i) {
        double dominated = 1, not_dominated = 0;
        for (std::size_t j = 0; j < cases; ++j) {
            if (j != i) {
                const PairEvidence pair = evidence(speed(i, j), quality(i, j));
                dominated = std::min(dominated, pair.dominated);
                not_dominated = std::max(not_dominated, pair.not_dominated);
            }
        }
        if (not_dominated <= share) {
            marks[i] = ParetoMark::kFrontier;
        } else if (dominated * static_cast<double>(cases - 1) <= share) {
            marks[i] = ParetoMark::kDominated;
        }
    }
    return marks;
}

Contrast contrast_of(const Estimate& a, const Estimate& b) {
    const auto error = [](const Estimate& estimate) {
        return (estimate.high - estimate.low) / 2 / normal_quantile((1 + estimate.level) / 2);
    };
    return {a.value - b.value, std::hypot(error(a), error(b)),
            std::numeric_limits<double>::infinity()};
}

}  // namespace closet::bench
