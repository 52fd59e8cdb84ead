#include "bench/quality/case_statistics.h"

#include <doctest/doctest.h>

using namespace closet;
using namespace closet::bench;

namespace {

Sample sample(double wall_s) {
    Sample taken;
    taken.wall_s = wall_s;
    taken.cpu_s = 2 * wall_s;
    taken.work.frames_in = taken.work.frames_out = 100;
    taken.work.key_frames = 25;
    taken.peak_memory_bytes = 1000;
    taken.latency_ms = {10, 20, 30, 40};
    taken.stages = {{.name = "infer", .busy_s = wall_s / 2, .parts = {{"network", 0.25, 5}}}};
    return taken;
}

}  // namespace

TEST_CASE("figures are medians over the samples that count") {
    Case measured;
    for (const double wall_s : {1.0, 1.0, 1.0, 2.0, 0.5}) {
        measured.samples.push_back(sample(wall_s));
    }
    measured.samples.push_back(sample(100));
    measured.samples.back().warm_up = true;
    measured.samples.push_back(sample(0.001));
    measured.samples.back().failure = "lost frames";
    fill_statistics(measured, 4);
    REQUIRE(measured.frames_per_s);
    CHECK(measured.frames_per_s->value == 100);
    CHECK(measured.frames_per_s->low < 100);
    CHECK(measured.frames_per_s->high > 100);
    CHECK(measured.inferences_per_s->value == 25);
    CHECK(measured.cpu_s_per_frame == doctest::Approx(11.0 / 500));
    CHECK(measured.peak_memory_bytes == 1000);
    CHECK(measured.latency->min == 10);
    CHECK(measured.latency->max == 40);
    CHECK(measured.latency->mean == 25);
    CHECK(measured.latency->p50 == doctest::Approx(25));
    CHECK_FALSE(measured.bottleneck.empty());
}

TEST_CASE("a case without good samples has no figures") {
    Case measured;
    measured.samples.push_back(sample(1));
    measured.samples.back().failure = "lost frames";
    fill_statistics(measured, 4);
    CHECK_FALSE(measured.frames_per_s);
    CHECK_FALSE(measured.latency);
}

TEST_CASE("stages and their parts are added up by name") {
    std::vector<Sample> samples{sample(1), sample(3)};
    samples[1].stages.push_back({.name = "warp", .busy_s = 1, .parts = {}});
    samples.push_back(sample(50));
    samples.back().warm_up = true;
    const auto stages = sum_stages(samples);
    REQUIRE(stages.size() == 2);
    CHECK(stages[0].busy_s == doctest::Approx(2));
    REQUIRE(stages[0].parts.size() == 1);
    CHECK(stages[0].parts[0].total_s == doctest::Approx(0.5));
    CHECK(stages[0].parts[0].calls == 10);
}

TEST_CASE("quantiles of latency interpolate between frames") {
    std::vector<float> latencies;
    for (int i = 100; i >= 0; --i) {
        latencies.push_back(static_cast<float>(i));
    }
    const Latency latency = summarize_latency(latencies);
    CHECK(latency.p50 == 50);
    CHECK(latency.p95 == doctest::Approx(95));
    CHECK(latency.p99 == doctest::Approx(99));
    CHECK(summarize_latency({}).max == 0);
}
