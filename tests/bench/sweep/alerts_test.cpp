#include "bench/sweep/alerts.h"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/sweep/sample_sweep.h"
#include "core/error.h"

namespace closet::bench {
namespace {

std::vector<std::string> crossed(const std::string& text) {
    const Sweep sweep = test::whole_sweep();
    return check_alerts(std::vector<Alert>{parse_alert(text)}, sweep.cases).crossed;
}

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

TEST_CASE("alerts: they say what was crossed") {
    CHECK(crossed("latency_ms.p95>11.5") ==
          std::vector<std::string>{"scale=0.5,batch=1: latency_ms.p95 is 12 ms, which the alert "
                                   "latency_ms.p95>11.5 forbids"});
    CHECK(crossed("latency_ms.p95>12").empty());
    CHECK(crossed("latency_ms.p95>=12").size() == 1);
    CHECK(crossed("frames_per_s<30").size() == 1);
    CHECK(crossed("frames_per_s<12").empty());
    CHECK(crossed("frames_per_s<=12").size() == 1);
    CHECK(crossed("peak_memory_mb>2000").empty());
    CHECK(crossed("quality.ssim<0.98").size() == 1);
    CHECK(crossed("quality.keypoint_error>1e-2").size() == 1);
}

TEST_CASE("alerts: a figure that no case has is told of") {
    Sweep sweep = test::whole_sweep();
    sweep.cases.erase(sweep.cases.begin());
    const std::vector<Alert> alerts{parse_alert("gpu_use<80")};
    const AlertReport report = check_alerts(alerts, sweep.cases);
    CHECK(report.crossed.empty());
    CHECK(report.unchecked ==
          std::vector<std::string>{"the alert gpu_use<80 was not checked: no case has a gpu_use"});
}

TEST_CASE("alerts: hostile ones are refused in one sentence") {
    for (const std::string text :
         {"", "latency", "latency_ms.p95", "latency_ms.p95=3", "latency_ms.p95>", ">3", "x>3",
          "latency_ms.p95>3x", "latency_ms.p95>nan", "latency_ms.p95>inf", "latency_ms.p95>>3",
          "latency_ms.p95 >3", "latency_ms.p95>1e999", "a\nb>3"}) {
        CAPTURE(text);
        try {
            parse_alert(text);
            FAIL("taken");
        } catch (const ConfigError& error) {
            const std::string said = error.what();
            CHECK(said.starts_with("--alert "));
            CHECK(said.find('\n') == std::string::npos);
        }
    }
}

}  // namespace
}  // namespace closet::bench
