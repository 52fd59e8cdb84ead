#include "live/statistics_text.h"
#include "support/paths.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "live_flow/figures_fixture.h"

using closet::json_line;
using closet::LiveStatistics;
using closet::to_json;
using closet::test::busy_figures;
using Json = nlohmann::ordered_json;

TEST_CASE("figures json: schema and figures are under their names") {
    const Json json = Json::parse(json_line(busy_figures()));
    CHECK(json.at("schema") == "smart-closet-live");
    CHECK(json.at("version") == 1);
    CHECK(json.at("frames").at("put_out") == 8988);
    CHECK(json.at("rates").at("inferred") == 24);
    CHECK(json.at("drops").at("display") == 6);
    CHECK(json.at("latency_ms").at("p99") == 41.7);
    CHECK(json.at("pose_latency_ms").at("count") == 7200);
    CHECK(json.at("poses").at("predicted") == 8700);
    CHECK(json.at("gpu").at("memory_bytes") == 1'500'000'000);
    CHECK(json.at("connected") == false);
    CHECK(json.at("stages").at(0).at("parts").at(1).at("name") == "occlusion");
}

TEST_CASE("figures json: what is not there is null") {
    const Json json = to_json(LiveStatistics());
    CHECK(json.at("gpu").is_null());
    CHECK(json.at("garment").is_null());
    CHECK(json.at("recording").is_null());
    CHECK(json.at("latency_ms").at("count") == 0);
    CHECK(json.at("latency_ms").at("mean").is_null());
    CHECK(json.at("stages").empty());
    CHECK(json.at("stages").is_array());
}

TEST_CASE("figures json: a line stays one line whatever names hold") {
    LiveStatistics figures = busy_figures();
    figures.garment = "shirt\n\"two\"\xff";
    const std::string line = json_line(figures);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(Json::parse(line).at("garment") == "shirt\n\"two\"\xef\xbf\xbd");
}

TEST_CASE("figures json: every key is documented") {
    std::ifstream file(closet::test::source_folder() / "docs/live-figures.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    REQUIRE_FALSE(page.empty());
    const Json json = to_json(busy_figures());
    for (const auto& [key, value] : json.items()) {
        INFO(key);
        CHECK(page.find("`" + key) != std::string::npos);
        const Json& inner = value.is_array() ? value.at(0) : value;
        if (!inner.is_object()) {
            continue;
        }
        for (const auto& [name, ignored] : inner.items()) {
            INFO(name);
            const bool named = page.find("." + name + "`") != std::string::npos ||
                               page.find("`" + name + "`") != std::string::npos;
            CHECK(named);
        }
    }
}
