#include "bench/stats/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "bench/stats/distributions.h"

namespace closet::bench {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One-sided bounds that hold for all others of one case at once (Bonferroni).
class Bounds {
  public:
    Bounds(std::size_t others, double level) : p_(1 - (1 - level) / static_cast<double>(others)) {}

    double reach(const Contrast& contrast) {
        if (contrast.standard_error == 0) {
            return 0;
        }
        if (!std::isfinite(contrast.standard_error) || std::isnan(contrast.value)) {
            return kInfinity;
        }
        if (contrast.degrees != degrees_) {  // mostly the same for all pairs, and dear
            degrees_ = contrast.degrees;
            quantile_ = student_quantile(p_, degrees_);
        }
        return quantile_ * contrast.standard_error;
    }

  private:
    double p_;
    double degrees_ = 0, quantile_ = 0;
};

}  // namespace

std::vector<double> holm(std::span<const double> p_values) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
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
    std::vector<BestComparison> result(cases);
    if (cases < 2) {
        return std::vector<BestComparison>(cases, {{0, 0, 0, level}, true});
    }
    Bounds bounds(cases - 1, level);
    std::size_t candidates = 0;
    for (std::size_t i = 0; i < cases; ++i) {
        double value = kInfinity, high = kInfinity;
        for (std::size_t j = 0; j < cases; ++j) {
            if (j != i) {
                const Contrast difference = contrast(i, j);
                value = std::min(value, difference.value);
                high = std::min(high, difference.value + bounds.reach(difference));
            }
        }
        result[i].may_be_best = high >= 0;  // an exact tie is no reason to drop a case
        candidates += result[i].may_be_best ? 1 : 0;
        result[i].behind_best = {value, 0, std::max({0.0, high, value}), level};
    }
    for (std::size_t i = 0; i < cases; ++i) {
        double low = 0;
        for (std::size_t j = 0; j < cases; ++j) {
            // The only candidate is the best: nothing is ahead of it.
            if (j != i && result[j].may_be_best && !(candidates == 1 && result[i].may_be_best)) {
                const Contrast difference = contrast(i, j);
                low = std::min(low, difference.value - bounds.reach(difference));
            }
        }
        result[i].behind_best.low = std::min(low, result[i].behind_best.value);
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
        ratio = {std::exp(ratio.value), std::exp(ratio.low), std::exp(ratio.high), level};
    }
    return result;
}

}  // namespace closet::bench
