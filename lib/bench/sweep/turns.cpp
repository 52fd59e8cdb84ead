#include "bench/sweep/turns.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace closet::bench {
namespace {

/// The height that water of `volume` reaches over ground of the given heights.
double fill_level(std::vector<double> ground, double volume) {
    std::sort(ground.begin(), ground.end());
    double level = 0, sum = 0;
    for (std::size_t covered = 0; covered < ground.size(); ++covered) {
        if (covered > 0 && ground[covered] >= level) {
            break;
        }
        sum += ground[covered];
        level = (sum + volume) / static_cast<double>(covered + 1);
    }
    return level;
}

}  // namespace

double expected_time(std::span<const CaseRun> runs, int min_repeats) {
    double known_s = 0, known = 0;
    for (const CaseRun& run : runs) {
        known_s += run.pass_s.value_or(0);
        known += run.pass_s ? 1 : 0;
    }
    const double typical_s = known > 0 ? known_s / known : 0;
    const auto wanted = static_cast<std::size_t>(min_repeats);
    double expected_s = 0;
    for (const CaseRun& run : runs) {
        const std::size_t left = wanted > run.good ? wanted - run.good : 1;
        expected_s += static_cast<double>(left) * run.pass_s.value_or(typical_s);
    }
    return expected_s;
}

std::vector<std::size_t> share_budget(std::span<const Claim> claims, double remaining_s) {
    if (remaining_s <= 0) {
        return {};
    }
    std::vector<double> spent;
    for (const Claim& claim : claims) {
        spent.push_back(claim.spent_s);
    }
    const double level = fill_level(std::move(spent), remaining_s);
    std::vector<std::size_t> turns;
    const Claim* least = nullptr;
    for (const Claim& claim : claims) {
        const bool fits = !claim.pass_s || *claim.pass_s <= remaining_s;
        if (fits && (!claim.pass_s || claim.spent_s + *claim.pass_s <= level)) {
            turns.push_back(claim.index);
        }
        if (fits && (least == nullptr || claim.spent_s < least->spent_s)) {
            least = &claim;
        }
    }
    if (turns.empty() && least != nullptr) {
        turns.push_back(least->index);
    }
    return turns;
}

std::vector<std::size_t> Schedule::round(std::vector<std::size_t> cases) {
    // Fisher and Yates, from the back.
    for (std::size_t left = cases.size(); left > 1; --left) {
        std::swap(cases[left - 1], cases[static_cast<std::size_t>(below(left))]);
    }
    return cases;
}

std::uint64_t Schedule::below(std::uint64_t bound) {
    // Numbers above the last whole multiple of the bound would favor small results.
    const std::uint64_t whole = std::numeric_limits<std::uint64_t>::max() / bound * bound;
    std::uint64_t number = bits_();
    while (number >= whole) {
        number = bits_();
    }
    return number % bound;
}

}  // namespace closet::bench
