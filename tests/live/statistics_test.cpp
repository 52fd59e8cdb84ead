#include "live/statistics.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "live/scripted_queue.h"

using closet::LatencyHistogram;
using closet::LiveStatistics;
using closet::Pose;
using closet::PoseOrigin;
using closet::StatisticsBook;
using closet::test::FakeClock;

namespace {

/// A book on a fake clock, and the drops that others counted since the start.
struct Desk {
    FakeClock clock;
    closet::LiveDrops drops;
    StatisticsBook book{[this](LiveStatistics& figures) {
                            figures.drops = drops;
                            figures.garment = "shirt";
                            figures.damaged = 3;
                        },
                        [this] { return clock.now; }};

    closet::LiveClock::time_point ago(double ms) const {
        return clock.now - FakeClock::of(1e-3 * ms);
    }
};

Pose of(PoseOrigin origin) {
    Pose pose;
    pose.origin = origin;
    return pose;
}

}  // namespace

TEST_CASE("figures: before the first frame there are none") {
    Desk desk;
    desk.clock.advance(5);
    for (const LiveStatistics& figures : {desk.book.since_last(), desk.book.total()}) {
        CHECK(figures.at_s == 0);
        CHECK(figures.time_s == 0);
        CHECK(figures.captured_rate == 0);
        CHECK(figures.latency.count == 0);
        CHECK(figures.garment == "shirt");
        CHECK(figures.memory_bytes > 0);
        CHECK(figures.peak_memory_bytes > 0);
    }
}

TEST_CASE("figures: rates are of the time since the last report or the first frame") {
    Desk desk;
    desk.clock.advance(100);
    for (int i = 0; i < 30; ++i) {
        desk.book.captured();
        desk.clock.advance(0.05);
    }
    const LiveStatistics first = desk.book.since_last();
    CHECK(first.at_s == doctest::Approx(1.5));
    CHECK(first.time_s == doctest::Approx(1.5));
    CHECK(first.captured == 30);
    CHECK(first.captured_rate == doctest::Approx(20));
    desk.clock.advance(0.5);
    desk.book.rendered({});
    desk.book.put_out(desk.ago(10));
    desk.book.unchanged();
    const LiveStatistics second = desk.book.since_last();
    CHECK(second.at_s == doctest::Approx(2));
    CHECK(second.time_s == doctest::Approx(0.5));
    CHECK(second.captured == 0);
    CHECK(second.rendered_rate == doctest::Approx(2));
    CHECK(second.put_out_rate == doctest::Approx(2));
    CHECK(second.unchanged == 1);
    const LiveStatistics total = desk.book.total();
    CHECK(total.time_s == doctest::Approx(2));
    CHECK(total.captured == 30);
    CHECK(total.captured_rate == doctest::Approx(15));
    CHECK(total.put_out == 1);
}

TEST_CASE("figures: latency is that of the output until something is displayed") {
    Desk desk;
    desk.book.captured();
    desk.clock.advance(1);
    desk.book.put_out(desk.ago(20));
    CHECK(desk.book.since_last().latency.mean_ms == doctest::Approx(20));
    desk.book.put_out(desk.ago(20));
    desk.book.displayed(desk.ago(35));
    CHECK(desk.book.since_last().latency.mean_ms == doctest::Approx(35));
    desk.book.put_out(desk.ago(20));
    CHECK(desk.book.since_last().latency.count == 0);  // the window shows nothing at the moment
    CHECK(desk.book.total().latency.count == 1);
}

TEST_CASE("figures: poses count by origin and frames without one as missing") {
    Desk desk;
    desk.book.captured();
    desk.book.rendered({});
    desk.book.rendered(std::vector{of(PoseOrigin::kMeasured), of(PoseOrigin::kHeld)});
    desk.book.rendered(std::vector{of(PoseOrigin::kPredicted)});
    desk.book.rendered(std::vector{of(PoseOrigin::kInterpolated)});
    desk.clock.advance(1);
    desk.book.inferred(desk.ago(90));
    const LiveStatistics figures = desk.book.since_last();
    CHECK(figures.rendered == 4);
    CHECK(figures.poses_measured == 1);
    CHECK(figures.poses_predicted == 2);
    CHECK(figures.poses_held == 1);
    CHECK(figures.poses_missing == 1);
    CHECK(figures.inferred == 1);
    CHECK(figures.pose_latency.max_ms == doctest::Approx(90));
}

TEST_CASE("figures: drops are those since the last report") {
    Desk desk;
    desk.book.captured();
    desk.drops = {1, 2, 3, 4, 5, 6};
    CHECK(desk.book.since_last().drops.display == 6);
    desk.drops = {1, 3, 5, 7, 9, 11};
    const LiveStatistics figures = desk.book.since_last();
    CHECK(figures.drops.late == 0);
    CHECK(figures.drops.render == 1);
    CHECK(figures.drops.inference == 2);
    CHECK(figures.drops.results == 3);
    CHECK(figures.drops.output == 4);
    CHECK(figures.drops.display == 5);
    CHECK(figures.damaged == 3);
    CHECK(desk.book.total().drops.display == 11);
}

TEST_CASE("figures: reports of all times add up to the total") {
    Desk desk;
    closet::LatencyFigures last;
    std::int64_t captured = 0;
    for (int second = 0; second < 10; ++second) {
        for (int i = 0; i <= second; ++i) {
            desk.book.captured();
            desk.clock.advance(0.01);
            desk.book.put_out(desk.ago(10 + second));
        }
        const LiveStatistics figures = desk.book.since_last();
        captured += figures.captured;
        last = figures.latency;
    }
    CHECK(last.min_ms == doctest::Approx(19));
    const LiveStatistics total = desk.book.total();
    CHECK(total.captured == captured);
    CHECK(total.latency.count == 55);
    CHECK(total.latency.min_ms == doctest::Approx(10));
    CHECK(total.latency.max_ms == doctest::Approx(19));
}

TEST_CASE("figures: all threads may count while others ask") {
    constexpr int kEach = 500;
    StatisticsBook book;
    std::int64_t seen = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < kEach; ++n) {
                    book.captured();
                    book.inferred(closet::LiveClock::now());
                    book.rendered({});
                    book.displayed(closet::LiveClock::now());
                }
            });
        }
        for (int i = 0; i < 20; ++i) {
            seen += book.since_last().captured;
            CHECK(book.total().captured <= 3 * kEach);
        }
    }
    CHECK(seen + book.since_last().captured == 3 * kEach);
    CHECK(book.total().latency.count == 3 * kEach);
}

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
