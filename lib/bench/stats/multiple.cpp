#include "bench/stats/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// Places of values from the smallest to the largest.
std::vector<std::size_t> ascending(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    return order;
}

Contrast reversed(Contrast contrast) {
    contrast.value = -contrast.value;
    return contrast;
}

/// P for "case i is no worse than any other", before correction for the number of others.
double p_behind(std::size_t i, std::size_t cases, const ContrastOf& contrast) {
    double p = 1;
    for (std::size_t j = 0; j < cases; ++j) {
        if (j != i) {
            p = std::min(p, p_above(reversed(contrast(i, j))));
        }
    }
    return p;
}

/// Case i less the best other, one-sided bounds of `share` each, which hold for all others at once.
Estimate distance_to_best(std::size_t i, std::size_t cases, const ContrastOf& contrast,
                          double share) {
    const double level = 1 - 2 * share / static_cast<double>(cases - 1);
    Estimate distance{kUnbounded, kUnbounded, kUnbounded, 1 - 2 * share};
    for (std::size_t j = 0; j < cases; ++j) {
        if (j != i) {
            const Estimate difference = interval_of(contrast(i, j), level);
            distance.value = std::min(distance.value, difference.value);
            distance.low = std::min(distance.low, difference.low);
            distance.high = std::min(distance.high, difference.high);
        }
    }
    return distance;
}

bool is_tie(const Contrast& contrast) {
    return contrast.value == 0 && contrast.standard_error == 0;
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

std::vector<double> holm(std::span<const double> p_values) {
    const std::vector<std::size_t> order = ascending(p_values);
    std::vector<double> adjusted(p_values.size());
    double largest = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const auto left = static_cast<double>(order.size() - rank);
        largest = std::max(largest, std::min(1.0, left * p_values[order[rank]]));
        adjusted[order[rank]] = largest;
    }
    return adjusted;
}

std::vector<BestComparison> compare_with_best(std::size_t cases, const ContrastOf& contrast,
                                              double level) {
    if (cases < 2) {
        return std::vector<BestComparison>(cases, {{0, 0, 0, level}, true});
    }
    std::vector<double> p_values;
    for (std::size_t i = 0; i < cases; ++i) {
        p_values.push_back(p_behind(i, cases, contrast));
    }
    std::vector<BestComparison> result(cases);
    std::size_t left = cases;
    for (std::size_t i : ascending(p_values)) {
        const double share = (1 - level) / static_cast<double>(left);
        result[i].behind_best = distance_to_best(i, cases, contrast, share);
        result[i].may_be_best = !(result[i].behind_best.high < 0);
        if (!result[i].may_be_best) {
            --left;
        }
    }
    return result;
}

std::vector<BestComparison> compare_speeds_with_best(std::span<const std::vector<double>> samples,
                                                     Pairing pairing, double level) {
    std::vector<BestComparison> result = compare_with_best(
        samples.size(),
        [&](std::size_t a, std::size_t b) { return log_ratio(samples[a], samples[b], pairing); },
        level);
    for (BestComparison& comparison : result) {
        Estimate& ratio = comparison.behind_best;
        ratio = {std::exp(ratio.value), std::exp(ratio.low), std::exp(ratio.high), ratio.level};
    }
    return result;
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::kBetter:
            return "better";
        case Verdict::kWorse:
            return "worse";
        case Verdict::kSame:
            return "same";
        case Verdict::kInconclusive:
            break;
    }
    return "inconclusive";
}

Verdict verdict_of(const Estimate& change, double margin) {
    if (!is_known(change) || std::isnan(change.value)) {
        return Verdict::kInconclusive;
    }
    if (change.low > 0) {
        return Verdict::kBetter;
    }
    if (change.high < 0 && change.value < -margin) {
        return Verdict::kWorse;
    }
    return change.low >= -margin ? Verdict::kSame : Verdict::kInconclusive;
}

std::vector<Change> judge(std::span<const Contrast> changes, double margin, double level) {
    if (!(margin >= 0)) {
        throw Error(fmt::format("a margin of {} cannot be judged by, it is 0 or more", margin));
    }
    std::vector<double> p_values;
    for (const Contrast& change : changes) {
        p_values.push_back(p_different(change));
    }
    std::vector<Change> result(changes.size());
    std::size_t left = changes.size();
    for (std::size_t i : ascending(p_values)) {
        const double share = (1 - level) / static_cast<double>(left);
        result[i].change = interval_of(changes[i], 1 - share);
        result[i].verdict = verdict_of(result[i].change, margin);
        if (p_values[i] <= share) {
            --left;  // Holm: what was told from 0 is out of the way of the others
        }
    }
    return result;
}

std::vector<Change> judge_speeds(std::span<const Contrast> log_ratios, double margin,
                                 double level) {
    if (!(margin >= 0 && margin < 1)) {
        throw Error(
            fmt::format("a slowdown of {} cannot be allowed, it is 0 or more and below 1", margin));
    }
    std::vector<Change> result = judge(log_ratios, -std::log1p(-margin), level);
    for (Change& change : result) {
        change.change = {std::expm1(change.change.value), std::expm1(change.change.low),
                         std::expm1(change.change.high), change.change.level};
    }
    return result;
}

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

}  // namespace closet::bench
