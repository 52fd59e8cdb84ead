#include "live/statistics_text.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "live/figures_fixture.h"
#include "support/paths.h"

using Json = nlohmann::ordered_json;
using closet::figures_table;
using closet::json_line;
using closet::LiveStatistics;
using closet::statistics_lines;
using closet::to_json;
using closet::test::busy_figures;

namespace {

/// The words of the table's line that begins with `label`; empty where there is none.
std::string words_of(const std::string& table, const std::string& label) {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("  " + label)) {
            std::istringstream words(line.substr(label.size() + 2));
            std::string result;
            for (std::string word; words >> word;) {
                result += (result.empty() ? "" : " ") + word;
            }
            return result;
        }
    }
    return "";
}

}  // namespace

TEST_CASE("figures table: figures stand beside those of the reference system") {
    const std::string table = figures_table(busy_figures());
    INFO(table);
    CHECK(words_of(table, "in 300.0 s") == "here reference");
    CHECK(words_of(table, "frames in") == "a second 30.0 40");
    CHECK(words_of(table, "frames inferred") == "a second 24.0 25");
    CHECK(words_of(table, "frames rendered") == "a second 30.0");
    CHECK(words_of(table, "latency, least") == "ms 9.5 40");
    CHECK(words_of(table, "latency, mean") == "ms 24.6 65");
    CHECK(words_of(table, "latency, 99 %") == "ms 41.7");
    CHECK(words_of(table, "latency, greatest") == "ms 88.8 100");
    CHECK(words_of(table, "GPU use") == "% 55 80");
    CHECK(words_of(table, "memory, greatest") == "MB 420");
    CHECK(words_of(table, "render") == "9000 10.00");
    CHECK(words_of(table, "  blend") == "9000 2.00 2");
    CHECK(words_of(table, "  occlusion") == "9000 1.00");
    CHECK(words_of(table, "dropped") ==
          "1 at the source, 2 before rendering, 3 before inference, 5 before the output, 6 before "
          "the window");
    CHECK(words_of(table, "poses") == "1 % measured, 97 % predicted, 1 % held, 1 % missing");
    CHECK(words_of(table, "source trouble") == "2 reconnections, 4 damaged pictures");
    CHECK(words_of(table, "unchanged") == "12 views were not inferred");
}

TEST_CASE("figures table: columns are aligned and lines end in nothing but a newline") {
    const std::string table = figures_table(busy_figures());
    INFO(table);
    CHECK(table.back() == '\n');
    CHECK(table.find(" \n") == std::string::npos);
    CHECK(table.find('\t') == std::string::npos);
    std::istringstream lines(table);
    std::string heading;
    std::getline(lines, heading);
    std::string first;
    std::getline(lines, first);
    CHECK(heading.size() == first.size());  // both end in the column of the reference
    const auto end_of = [](const std::string& line, const std::string& word) {
        return line.find(word) + word.size();
    };
    CHECK(end_of(heading, "here") == end_of(first, "30.0"));
}

TEST_CASE("figures table: a run without anything has no figures and no zeros for latency") {
    const std::string table = figures_table(LiveStatistics());
    INFO(table);
    CHECK(words_of(table, "latency, mean") == "ms - 65");
    CHECK(words_of(table, "dropped") == "none");
    CHECK(words_of(table, "poses") == "none");
    CHECK(table.find("GPU use") == std::string::npos);
    CHECK(table.find("stage ") == std::string::npos);
    CHECK(table.find("source") == std::string::npos);
    CHECK(table.find("nan") == std::string::npos);
}

TEST_CASE("statistics: every line has a label and a value with one tab between") {
    for (const LiveStatistics& figures : {busy_figures(), LiveStatistics()}) {
        for (const std::string& line : statistics_lines(figures)) {
            INFO(line);
            CHECK(std::count(line.begin(), line.end(), '\t') == 1);
            CHECK(line.front() != '\t');
            CHECK(line.back() != '\t');
            CHECK(line.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("statistics: what counts is there") {
    const std::vector<std::string> lines = statistics_lines(busy_figures());
    const auto has = [&](const std::string& line) {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
    };
    CHECK(has("source\tgone, waiting"));
    CHECK(has("in\t30.0 /s"));
    CHECK(has("inferred\t24.0 /s, 2 at a time, every 40 ms"));
    CHECK(has("latency\t25 ms, 99 % 42 ms"));
    CHECK(has("dropped\t1 source, 2 render, 3 inference, 5 output, 6 window"));
    CHECK(has("render\t10.00 ms"));
    CHECK(has("GPU\t55 %, 1.5 GB, 61 C"));
    CHECK(has("recording\ttake.mp4"));
}

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
