#include "bench/stats/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

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
    std::vector<std::size_t> order(changes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });

    std::vector<Change> result(changes.size());
    std::size_t left = changes.size();
    for (std::size_t i : order) {
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

}  // namespace closet::bench
