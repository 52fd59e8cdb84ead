#include "bench/sweep/cases.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

namespace closet::bench {
namespace {

std::vector<std::string> ids(const std::vector<Case>& cases) {
    std::vector<std::string> names;
    for (const Case& planned : cases) {
        names.push_back(planned.id);
    }
    return names;
}

using Ids = std::vector<std::string>;

TEST_CASE("cases: every axis has its own name and a list that can be read") {
    std::set<std::string_view> names;
    for (const AxisInfo& axis : all_axes()) {
        CAPTURE(axis.name);
        CHECK(names.insert(axis.name).second);
        CHECK(find_axis(axis.name) == &axis);
        CHECK_FALSE(axis.description.empty());
        if (!axis.reference.empty()) {
            CHECK(parse_axis(axis.name, axis.reference).values.size() == 8);  // as its records say
        }
    }
    CHECK(find_axis("output") == nullptr);
    CHECK_THROWS_AS(parse_axis("output", "a"), ConfigError);
}

TEST_CASE("cases: one axis at a time goes around the base and has it once") {
    const auto cases = plan_cases({parse_axis("batch", "1,2,5"), parse_axis("scale", "0.5,1")},
                                  Layout::kOneAtATime, {{"batch", "1"}, {"scale", "1.0"}});
    CHECK(ids(cases) == Ids{"default", "batch=2", "batch=5", "scale=0.5"});
    CHECK(cases[0].settings == std::vector<Setting>{{"batch", "1"}, {"scale", "1.0"}});
    CHECK(cases[2].settings == std::vector<Setting>{{"batch", "5"}, {"scale", "1.0"}});
    CHECK(cases[3].settings == std::vector<Setting>{{"batch", "1"}, {"scale", "0.5"}});
}

TEST_CASE("cases: an axis without a base keeps all of its values and the default") {
    const auto cases = plan_cases({parse_axis("every", "1,2")}, Layout::kOneAtATime);
    CHECK(ids(cases) == Ids{"default", "every=1", "every=2"});
    CHECK(cases[0].settings.empty());
}

TEST_CASE("cases: the product has every combination") {
    const auto cases = plan_cases({parse_axis("batch", "1,4"), parse_axis("scale", "0.5-1.0+0.5")},
                                  Layout::kProduct, {{"batch", "1"}});
    CHECK(ids(cases) ==
          Ids{"batch=1,scale=0.5", "batch=1,scale=1", "batch=4,scale=0.5", "batch=4,scale=1"});
    CHECK(cases[3].settings == std::vector<Setting>{{"batch", "4"}, {"scale", "1.0"}});
}

TEST_CASE("cases: no axis is one case") {
    CHECK(ids(plan_cases({}, Layout::kProduct)) == Ids{"default"});
    CHECK(ids(plan_cases({}, Layout::kOneAtATime)) == Ids{"default"});
}

TEST_CASE("cases: those with the same networks stand together") {
    const auto cases = plan_cases(
        {parse_axis("batch", "1,2"), parse_axis("model", "a-s,b-m"), parse_axis("scale", "0.5,1")},
        Layout::kProduct);
    REQUIRE(cases.size() == 8);
    int loads = 0;
    std::string loaded;
    for (const Case& planned : cases) {
        loads += planned.settings[1].second == loaded ? 0 : 1;
        loaded = planned.settings[1].second;
    }
    CHECK(loads == 2);
}

TEST_CASE("cases: sweeps that cannot mean anything are refused") {
    const auto every = parse_axis("every", "1,2");
    const auto interval = parse_axis("interval", "0,0.1");
    CHECK_THROWS_AS(plan_cases({every, interval}, Layout::kProduct), ConfigError);
    CHECK_THROWS_AS(plan_cases({interval}, Layout::kOneAtATime, {{"every", "2"}}), ConfigError);
    CHECK(plan_cases({every, interval}, Layout::kOneAtATime).size() == 5);
    CHECK_THROWS_AS(plan_cases({every, every}, Layout::kProduct), ConfigError);
    const auto batch = parse_axis("batch", "1-200"), queue = parse_axis("queue", "1-200");
    CHECK_THROWS_AS(plan_cases({batch, queue}, Layout::kProduct), ConfigError);
}

TEST_CASE("cases: only measured ones are finished") {
    Case planned = plan_cases({}, Layout::kProduct).front();
    CHECK_FALSE(is_finished(planned));
    planned.samples.emplace_back();
    CHECK_FALSE(is_finished(planned));
    planned.stopped = StopReason::kNarrow;
    CHECK(is_finished(planned));
    planned.samples.front().warm_up = true;
    CHECK_FALSE(is_finished(planned));
}

}  // namespace
}  // namespace closet::bench
