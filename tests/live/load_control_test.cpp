#include "live/load_control.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/error.h"
#include "live/load_simulation.h"

using closet::LoadControl;
using closet::LoadLimits;
using closet::test::LoadSimulation;

namespace {

const LoadLimits kLimits{1, 5, 0.04, 0.4};

/// Networks to which a batch is worth nothing.
LoadSimulation::Service each(double seconds) {
    return [=](int views, double) { return seconds * views; };
}

/// A call that costs about as much for five views as for one, as on a GPU.
LoadSimulation::Service at_once(double call_s, double view_s) {
    return [=](int views, double) { return call_s + view_s * views; };
}

/// Two cores, a view on each.
LoadSimulation::Service on_two_cores(double seconds) {
    return [=](int views, double) { return seconds * std::ceil(views / 2.0); };
}

/// `slow` times as much between two moments.
LoadSimulation::Service slower(LoadSimulation::Service usual, double slow, double from_s,
                               double to_s) {
    return [=](int views, double now_s) {
        return usual(views, now_s) * (now_s >= from_s && now_s < to_s ? slow : 1);
    };
}

/// Service times that spread by about that share, some calls three times as long.
LoadSimulation::Service noisy(LoadSimulation::Service usual, double spread, unsigned seed) {
    auto random = std::make_shared<std::mt19937>(seed);
    return [=](int views, double now_s) {
        const double factor = std::lognormal_distribution(0.0, spread)(*random);
        const bool hiccup = std::uniform_real_distribution()(*random) < 0.01;
        return usual(views, now_s) * factor * (hiccup ? 3 : 1);
    };
}

}  // namespace

TEST_CASE("load: a load below capacity changes nothing") {
    LoadSimulation run(kLimits, true, each(0.03));
    run.run_until(30);
    INFO(run.trace());
    CHECK(run.control.batch() == 1);
    CHECK(run.control.interval_s() == 0.04);
    CHECK(run.changes(0, 30) == 0);
    CHECK(run.lost(0, 30) == 0);
}

TEST_CASE("load: a batch that makes inference faster is used before the interval") {
    LoadSimulation run(kLimits, true, at_once(0.06, 0.01));
    run.run_until(20);
    INFO(run.trace());
    CHECK(run.control.interval_s() == 0.04);
    CHECK(run.control.batch() > 1);
    CHECK(run.control.batch() < 5);  // no more than is needed
    CHECK(run.lost(3, 20) < 0.01);
    CHECK(run.changes(5, 20) == 0);
}

TEST_CASE("load: where batches do not help the interval follows the measured speed") {
    LoadSimulation run(kLimits, true, each(0.1));
    run.run_until(20);
    INFO(run.trace());
    CHECK(run.control.batch() == 1);
    CHECK(run.control.interval_s() > 0.1);
    CHECK(run.control.interval_s() < 0.14);
    CHECK(run.lost(3, 20) < 0.01);
    CHECK(run.changes(5, 20) == 0);
    CHECK(run.oldest_s(5, 20) < 0.2);
}

TEST_CASE("load: two cores get two views and then a longer interval") {
    LoadSimulation run(kLimits, true, on_two_cores(0.12));
    run.run_until(20);
    INFO(run.trace());
    CHECK(run.control.batch() == 2);
    CHECK(run.control.interval_s() > 0.06);
    CHECK(run.control.interval_s() < 0.085);
    CHECK(run.changes(6, 20) == 0);
}

TEST_CASE(
    "load: networks three times as slow are answered within a second and forgotten in three") {
    for (const auto& usual : {each(0.03), on_two_cores(0.05), at_once(0.02, 0.01)}) {
        LoadSimulation run(kLimits, true, slower(usual, 3, 10, 30));
        run.run_until(60);
        INFO(run.trace());
        CHECK(run.changes(5, 10) == 0);
        CHECK(run.changes(10, 11.001) > 0);
        CHECK(run.lost(13, 30) < 0.02);
        CHECK(run.changes(14, 30) <= 2);
        CHECK(run.between(33, 34).back().interval_s == 0.04);
        CHECK(run.lost(33, 60) < 0.01);
        CHECK(run.changes(36, 60) == 0);
        CHECK(run.oldest_s(0, 60) < 1);
    }
}

TEST_CASE("load: noisy times do not make it swing") {
    for (unsigned seed = 0; seed < 8; ++seed) {
        for (const double seconds : {0.02, 0.035, 0.05, 0.1}) {
            LoadSimulation run(kLimits, true, noisy(each(seconds), 0.2, seed));
            run.run_until(120);
            INFO(seconds << " seed " << seed << "\n" << run.trace());
            CHECK(run.changes(20, 120) <= 20);
            CHECK(run.lost(20, 120) < 0.1);
            double most_s = 0;
            double sum_s = 0;
            const auto settled = run.between(20, 120);
            for (const auto& moment : settled) {
                most_s = std::max(most_s, moment.interval_s);
                sum_s += moment.interval_s;
            }
            CHECK(most_s <= 2 * std::max(0.04, seconds));
            CHECK(sum_s / static_cast<double>(settled.size()) <= 1.5 * std::max(0.04, seconds));
        }
    }
}

TEST_CASE("load: loads at the edge of capacity come to rest") {
    for (double seconds = 0.03; seconds < 0.06; seconds += 0.001) {
        LoadSimulation run(kLimits, true, each(seconds));
        run.run_until(120);
        INFO(seconds << "\n" << run.trace());
        CHECK(run.changes(60, 120) <= 2);
    }
}

TEST_CASE("load: one slow call is no overload") {
    LoadSimulation run(kLimits, true, slower(each(0.02), 20, 10, 10.03));
    run.run_until(20);
    INFO(run.trace());
    CHECK(run.changes(0, 20) == 0);
}

TEST_CASE("load: limits hold under any load") {
    LoadSimulation run({2, 3, 0.05, 0.1}, true, each(1));
    run.run_until(60);
    INFO(run.trace());
    for (const auto& moment : run.moments) {
        CHECK(moment.batch >= 2);
        CHECK(moment.batch <= 3);
        CHECK(moment.interval_s >= 0.05);
        CHECK(moment.interval_s <= 0.1);
    }
    CHECK(run.control.interval_s() == 0.1);
}

TEST_CASE("load: a run without views for a while goes on as before") {
    LoadControl control(kLimits, true);
    closet::test::FakeClock clock;
    for (int i = 0; i < 10; ++i) {
        clock.advance(i == 5 ? 3600 : 0.04);
        control.report({1, 1, 0, 0.02, clock.now});
    }
    CHECK(control.batch() == 1);
    CHECK(control.interval_s() == 0.04);
}

TEST_CASE("load: calls that take no time are no measure of speed") {
    LoadControl control(kLimits, true);
    closet::test::FakeClock clock;
    for (int i = 0; i < 100; ++i) {
        clock.advance(0.1);
        control.report({5, 1, 4, 0, clock.now});
    }
    CHECK(std::isfinite(control.interval_s()));
    CHECK(control.interval_s() <= kLimits.max_interval_s);
    CHECK(control.batch() <= kLimits.max_batch);
}

TEST_CASE("load: not adaptive it stays at the largest batch and the smallest interval") {
    LoadSimulation run(kLimits, false, each(0.2));
    run.run_until(20);
    CHECK(run.control.batch() == 5);
    CHECK(run.control.interval_s() == 0.04);
    CHECK(run.changes(0, 20) == 0);
    CHECK(run.lost(5, 20) > 0.5);
    CHECK(run.oldest_s(5, 20) < 1.5);  // latest wins: a call of a second and what waited for it
}

TEST_CASE("load: limits that make no sense are refused") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const LoadLimits& limits :
         {LoadLimits{0, 5, 0.04, 0.2}, LoadLimits{3, 2, 0.04, 0.2}, LoadLimits{1, 5, 0, 0.2},
          LoadLimits{1, 5, 0.3, 0.2}, LoadLimits{1, 5, kNan, 0.2}, LoadLimits{1, 5, 0.04, kNan},
          LoadLimits{1, 5, 0.04, kInfinity}}) {
        CHECK_THROWS_AS(validate(limits), closet::ConfigError);
        CHECK_THROWS_AS(LoadControl(limits, true), closet::ConfigError);
    }
    CHECK_NOTHROW(validate(LoadLimits{}));
}
