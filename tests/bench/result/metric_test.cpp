#include "bench/result/metric.h"

#include <set>
#include <string_view>

#include <doctest/doctest.h>

#include "bench/sweep/sample_sweep.h"

namespace closet::bench {
namespace {

TEST_CASE("metrics: every one has its own name and reads its figure") {
    const Case measured = test::whole_sweep().cases[0];
    std::set<std::string_view> names;
    for (const Metric& metric : all_metrics()) {
        CAPTURE(metric.name);
        CHECK(names.insert(metric.name).second);
        CHECK(find_metric(metric.name) == &metric);
        CHECK(metric.of(measured).has_value());
    }
    const auto value = [&](const char* name) { return find_metric(name)->of(measured)->value; };
    CHECK(value("frames_per_s") == 12);
    CHECK(value("inferences_per_s") == 6);
    CHECK(value("latency_ms.p50") == 11);
    CHECK(find_metric("latency_ms.p95")->of(measured)->high == 13);
    CHECK(value("peak_memory_mb") == 100);
    CHECK(value("failed_samples") == 1);
    CHECK(value("model_load_s") == 0.75);
    CHECK(value("quality.psnr_db") == 38.5);
    CHECK(value("quality.lpips") == 0.05);
    CHECK(value("quality.missing") == 0);
    CHECK(find_metric("beauty") == nullptr);
}

TEST_CASE("metrics: warm-ups and failures count for none") {
    const Case measured = test::whole_sweep().cases[0];
    CHECK(find_metric("first_batch_s")->of(measured)->value == doctest::Approx(0.25 / 3));
}

TEST_CASE("metrics: what a case lacks is no figure") {
    Case measured = test::whole_sweep().cases[1];
    measured.samples[0].gpu.reset();
    for (const char* name : {"gpu_use", "quality.pck", "quality.oks", "frames_per_s",
                             "latency_ms.p95", "peak_memory_mb"}) {
        CHECK_FALSE(find_metric(name)->of(measured));
    }
}

}  // namespace
}  // namespace closet::bench
