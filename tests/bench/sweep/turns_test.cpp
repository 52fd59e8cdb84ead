#include "bench/sweep/turns.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

namespace closet::bench {
namespace {

TEST_CASE("schedule: orders are those of the seed on every platform") {
    // From another implementation of the mt19937_64 and this shuffle, seed 7. They must never
    // change: a recorded seed would not give its sweep's order any more.
    Schedule schedule(7);
    const std::vector<std::size_t> all{0, 1, 2, 3, 4, 5};
    const auto first = schedule.round(all), second = schedule.round(all);
    CHECK(first == std::vector<std::size_t>{5, 1, 4, 2, 0, 3});
    CHECK(second == std::vector<std::size_t>{1, 3, 5, 2, 4, 0});
}

TEST_CASE("schedule: every order of three comes about equally often") {
    Schedule schedule(1);
    std::vector<int> counts(27);
    for (int i = 0; i < 6000; ++i) {
        const auto order = schedule.round({0, 1, 2});
        ++counts[order[0] * 9 + order[1] * 3 + order[2]];
    }
    // 1000 each, standard deviation 29.
    CHECK(std::count(counts.begin(), counts.end(), 0) == 21);
    CHECK(std::all_of(counts.begin(), counts.end(),
                      [](int count) { return count == 0 || (count > 870 && count < 1130); }));
}

TEST_CASE("budget: all have a turn while shares last") {
    const std::vector<Claim> claims{{0, 10, 1.0}, {1, 10, 2.0}, {2, 10, {}}};
    CHECK(share_budget(claims, 30) == std::vector<std::size_t>{0, 1, 2});
    CHECK(share_budget(claims, 0).empty());
    CHECK(share_budget({}, 10).empty());
}

TEST_CASE("budget: a case that had its share waits for the others") {
    // Level: (10 + 0 + 6) / 2 = 8 when the dear one is left aside.
    const std::vector<Claim> claims{{0, 10, 5.0}, {1, 0, 1.0}};
    CHECK(share_budget(claims, 6) == std::vector<std::size_t>{1});
}

TEST_CASE("budget: no pass begins that would not end in time") {
    const std::vector<Claim> claims{{0, 4, 3.0}, {1, 4, 2.5}};
    CHECK(share_budget(claims, 2).empty());
    CHECK(share_budget(claims, 2.5) == std::vector<std::size_t>{1});
    // Neither fits its share of 1.75 s: one of them goes on all the same.
    CHECK(share_budget(claims, 3.5) == std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace closet::bench
