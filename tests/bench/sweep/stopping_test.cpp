#include "bench/sweep/stopping.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace closet::bench
