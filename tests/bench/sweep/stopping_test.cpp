#include "bench/sweep/stopping.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "bench/sweep/budget.h"
#include "bench/sweep/estimate.h"
#include "bench/sweep/schedule.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// An interval whose half width is always this share of the first value.
IntervalOf width(double share) {
    return [share](std::span<const double> seconds) {
        const double value = seconds.front();
        return Estimate{value, value * (1 - share), value * (1 + share)};
    };
}

/// How many measurements of `seconds` until it is finished.
int count_until_finished(NarrowInterval& criterion, double seconds) {
    criterion.initialize();
    for (int count = 0; count <= 1000; ++count) {
        if (criterion.is_finished()) {
            return count;
        }
        criterion.add_measurement(seconds);
    }
    return -1;
}

TEST_CASE("stopping: a narrow interval needs the least repeats and the least time") {
    NarrowInterval criterion({5, 0.5, 100, 60, 0.02}, width(0.019));
    CHECK(count_until_finished(criterion, 1.0) == 5);
    CHECK(criterion.reason() == StopReason::kNarrow);
    CHECK(count_until_finished(criterion, 0.0625) == 8);  // 0.5 s
    CHECK(criterion.reason() == StopReason::kNarrow);
}

TEST_CASE("stopping: a wide interval goes on to the limit of repeats or time") {
    NarrowInterval criterion({5, 0.5, 20, 60, 0.02}, width(0.021));
    CHECK(count_until_finished(criterion, 1.0) == 20);
    CHECK(criterion.reason() == StopReason::kTime);
    CHECK(count_until_finished(criterion, 10.0) == 6);
    CHECK(criterion.reason() == StopReason::kTime);
}

TEST_CASE("stopping: the limit of time holds before the least repeats") {
    NarrowInterval criterion({5, 0.5, 100, 60, 0.02}, width(0));
    CHECK(count_until_finished(criterion, 100.0) == 1);
    CHECK(criterion.reason() == StopReason::kTime);
}

TEST_CASE("stopping: a criterion can be used again") {
    NarrowInterval criterion({2, 0, 100, 60, 0.02}, width(0));
    CHECK(count_until_finished(criterion, 1.0) == 2);
    criterion.initialize();
    CHECK_FALSE(criterion.is_finished());
    CHECK(count_until_finished(criterion, 1.0) == 2);
}

TEST_CASE("stopping: options that never end are refused by the name of the flag") {
    CHECK_NOTHROW(validate(StoppingOptions{}));
    CHECK_THROWS_WITH_AS(validate(StoppingOptions{0, 0.5, 100, 60, 0.02}),
                         doctest::Contains("--min-repeats 0"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(StoppingOptions{5, 0.5, 4, 60, 0.02}),
                         doctest::Contains("--max-repeats 4"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(StoppingOptions{5, -1, 100, 60, 0.02}),
                         doctest::Contains("--min-time"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(StoppingOptions{5, 2, 100, 1, 0.02}),
                         doctest::Contains("--max-time"), ConfigError);
    CHECK_THROWS_WITH_AS(validate(StoppingOptions{5, 0.5, 100, 60, 0}),
                         doctest::Contains("--width"), ConfigError);
}

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

TEST_CASE("estimate: between the least and the most that the rules allow") {
    SweepOptions options;
    options.stopping = {5, 0.5, 100, 60, 0.02};
    const TimeEstimate estimate = estimate_time(10, 2.0, options);
    CHECK(estimate.least_s == doctest::Approx(10 * 2 * 6));
    CHECK(estimate.most_s == doctest::Approx(10 * 2 * 31));
    CHECK(to_text(estimate) == "between 2 min and 10 min");
    options.budget_s = 30;
    CHECK(to_text(estimate_time(10, 2.0, options)) == "about 30 s");
    options.budget_s.reset();
    options.processes = 3;
    CHECK(estimate_time(1, 0.01, options).least_s == doctest::Approx(0.53));
    CHECK(to_text(estimate_time(1000, 2.0, options)) == "between 4 h 27 min and 18 h 20 min");
}

}  // namespace
}  // namespace closet::bench
