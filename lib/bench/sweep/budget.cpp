#include "bench/sweep/budget.h"

#include <algorithm>
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

}  // namespace closet::bench
