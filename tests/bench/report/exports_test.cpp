#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "bench/report/exports.h"
#include "bench/report/made_report.h"

using namespace closet::bench;
using namespace closet::test;
using nlohmann::json;

namespace {

Sweep one_good_one_failed() {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    fail_case(sweep.cases[1], "no such model");
    return sweep;
}

}  // namespace

TEST_CASE("github-action-benchmark gets a list of larger-is-better figures") {
    const Sweep sweep = one_good_one_failed();
    const json entries = json::parse(github_action_benchmark_json(sweep));
    REQUIRE(entries.is_array());
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].at("name") == "batch=1");
    CHECK(entries[0].at("unit") == "frames/s");
    CHECK(entries[0].at("value") == sweep.cases[0].frames_per_s->value);
    CHECK(entries[0].at("range").is_string());
    CHECK(entries[0].at("extra").is_string());
}

TEST_CASE("Bencher gets measures with bounds in its units") {
    const Sweep sweep = one_good_one_failed();
    const json results = json::parse(bencher_json(sweep));
    REQUIRE(results.size() == 1);
    const json& measures = results.at("batch=1");
    CHECK(measures.at("throughput").at("value") == sweep.cases[0].frames_per_s->value);
    CHECK(measures.at("throughput").at("lower_value") == sweep.cases[0].frames_per_s->low);
    CHECK(measures.at("throughput").at("upper_value") == sweep.cases[0].frames_per_s->high);
    CHECK(measures.at("latency").at("value") ==
          doctest::Approx(sweep.cases[0].latency_p95_ms->value * 1e6));
}

TEST_CASE("bounds that are not known are left out and figures that are none too") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    sweep.cases[0].frames_per_s = Estimate{30, -kInfinity, kInfinity, 0.95};
    sweep.cases[1].frames_per_s = Estimate{std::numeric_limits<double>::quiet_NaN(), 0, 0, 0.95};
    const json results = json::parse(bencher_json(sweep));
    CHECK(results.size() == 1);
    CHECK_FALSE(results.at("batch=1").at("throughput").contains("lower_value"));
    const json entries = json::parse(github_action_benchmark_json(sweep));
    REQUIRE(entries.size() == 1);
    CHECK_FALSE(entries[0].contains("range"));
}

TEST_CASE("adapters of an empty sweep are empty and of broken names still JSON") {
    CHECK(json::parse(github_action_benchmark_json({})) == json::array());
    CHECK(json::parse(bencher_json({})) == json::object());
    Sweep sweep = made_product({{"batch", {"1"}}});
    sweep.cases[0].id = "\xFF\"";
    CHECK(json::accept(bencher_json(sweep)));
    CHECK(json::accept(github_action_benchmark_json(sweep)));
}
