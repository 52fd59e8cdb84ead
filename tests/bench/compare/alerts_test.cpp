#include "bench/compare/alerts.h"

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
