#include "live/statistics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

using closet::LatencyHistogram;
using namespace std::chrono_literals;

namespace {

std::chrono::nanoseconds of_ms(double ms) {
    return std::chrono::nanoseconds(std::llround(1e6 * ms));
}

}  // namespace

TEST_CASE("latency: without times all is zero") {
    const LatencyHistogram histogram;
    CHECK(histogram.count() == 0);
    CHECK(histogram.quantile_ms(0.5) == 0);
    CHECK(histogram.figures().max_ms == 0);
}

TEST_CASE("latency: count and extremes and mean are exact") {
    LatencyHistogram histogram;
    for (const auto time : {33ms, 7ms, 110ms, 50ms}) {
        histogram.add(time);
    }
    const closet::LatencyFigures figures = histogram.figures();
    CHECK(figures.count == 4);
    CHECK(figures.min_ms == 7);
    CHECK(figures.max_ms == 110);
    CHECK(figures.mean_ms == 50);
}

TEST_CASE("latency: one time is every quantile to the bit") {
    LatencyHistogram histogram;
    histogram.add(of_ms(41.234567));
    for (const double quantile : {0.0, 0.5, 0.99, 1.0}) {
        CHECK(histogram.quantile_ms(quantile) == doctest::Approx(41.234567).epsilon(1e-12));
    }
}

TEST_CASE("latency: a quantile is off by at most one percent from 10 us to 100 s") {
    double worst = 0;
    for (double ms = 0.01; ms <= 100'000; ms *= 1.003) {
        LatencyHistogram histogram;
        histogram.add(0ms);  // so that the bucket's middle is not cut to the extremes
        histogram.add(of_ms(ms));
        histogram.add(100s);
        worst = std::max(worst, std::abs(histogram.quantile_ms(0.5) / ms - 1));
    }
    CHECK(worst < 0.01);
    CHECK(worst > 0.005);  // the sweep met the edges of buckets
}

TEST_CASE("latency: buckets ascend without a gap") {
    double before = 0;
    for (std::int64_t ns = 1; ns < 40'000; ns += 16) {
        LatencyHistogram histogram;
        histogram.add(0ns);
        histogram.add(std::chrono::nanoseconds(ns));
        histogram.add(1s);
        const double now = histogram.quantile_ms(0.5);
        CHECK(now >= before);
        CHECK(std::abs(1e6 * now - static_cast<double>(ns)) <=
              std::max(64.0, 0.01 * static_cast<double>(ns)));
        before = now;
    }
}

TEST_CASE("latency: quantiles of many times are those of the sorted ones") {
    std::mt19937 random(7);
    std::lognormal_distribution<double> spread(3.5, 0.6);
    LatencyHistogram histogram;
    std::vector<double> times;
    for (int i = 0; i < 20'000; ++i) {
        times.push_back(spread(random));
        histogram.add(of_ms(times.back()));
    }
    std::sort(times.begin(), times.end());
    for (const double quantile : {0.01, 0.25, 0.5, 0.95, 0.99, 0.999}) {
        const auto rank = static_cast<std::size_t>(std::ceil(quantile * 20'000)) - 1;
        CHECK(histogram.quantile_ms(quantile) == doctest::Approx(times[rank]).epsilon(0.01));
    }
}

TEST_CASE("latency: times out of range are kept at its ends") {
    LatencyHistogram histogram;
    histogram.add(-5ms);
    histogram.add(3h);
    CHECK(histogram.quantile_ms(0) == doctest::Approx(0).epsilon(1e-3));
    CHECK(histogram.quantile_ms(1) == doctest::Approx(100'000).epsilon(0.01));
    CHECK(histogram.figures().min_ms == 0);
    CHECK(histogram.figures().max_ms == doctest::Approx(3 * 3600e3));
}

TEST_CASE("latency: merged histograms are one of all and a cleared one is new") {
    LatencyHistogram odd;
    LatencyHistogram even;
    LatencyHistogram all;
    for (int ms = 1; ms <= 100; ++ms) {
        (ms % 2 == 0 ? even : odd).add(std::chrono::milliseconds(ms));
        all.add(std::chrono::milliseconds(ms));
    }
    LatencyHistogram merged;
    merged.merge(odd);
    merged.merge(even);
    merged.merge(LatencyHistogram());
    CHECK(merged.count() == 100);
    CHECK(merged.figures().mean_ms == 50.5);
    CHECK(merged.figures().min_ms == 1);
    CHECK(merged.figures().max_ms == 100);
    CHECK(merged.quantile_ms(0.95) == all.quantile_ms(0.95));
    merged.clear();
    CHECK(merged.count() == 0);
    merged.add(9ms);
    CHECK(merged.figures().min_ms == 9);
    CHECK(merged.figures().max_ms == 9);
    CHECK(merged.quantile_ms(1) == 9);
}
