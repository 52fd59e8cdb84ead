#include "bench/stats/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

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

/// P for "case i is no worse than any other", before correction for the number of others.
double p_behind(std::size_t i, std::size_t cases, const ContrastOf& contrast) {
    double p = 1;
    for (std::size_t j = 0; j < cases; ++j) {
        if (j != i) {
            Contrast behind = contrast(i, j);
            behind.value = -behind.value;
            p = std::min(p, p_above(behind));
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

}  // namespace closet::bench
