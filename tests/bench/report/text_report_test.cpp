#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/report/columns.h"
#include "bench/report/exports.h"
#include "bench/report/made_report.h"
#include "bench/report/notes.h"
#include "bench/report/text_report.h"
#include "bench/report/xml_check.h"
#include "bench/text/shown_text.h"

using namespace closet::bench;
using namespace closet::test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

/// Reads RFC 4180: rows of fields.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows{{""}};
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
            rows.back().back() += c;
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ',') {
            rows.back().emplace_back();
        } else if (!quoted && c == '\r') {
            REQUIRE(text.at(i + 1) == '\n');
            ++i;
            rows.push_back({""});
        } else {
            rows.back().back() += c;
        }
    }
    CHECK_FALSE(quoted);
    CHECK(rows.back() == std::vector<std::string>{""});
    rows.pop_back();
    return rows;
}

std::vector<std::string> names_of(const std::vector<Column>& columns) {
    std::vector<std::string> names;
    for (const Column& column : columns) {
        names.push_back(column.name);
    }
    return names;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Column column(const std::vector<Column>& columns, const std::string& name) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& c) { return c.name == name; });
    REQUIRE(found != columns.end());
    return *found;
}

/// The first line that begins with `start` and a space.
std::string line_with(const std::string& text, const std::string& start) {
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with(start + " ")) {
            return line;
        }
    }
    return {};
}

}  // namespace

TEST_CASE("settings are columns only where cases differ in them") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}, {"scale", {"0.5"}}});
    const std::vector<std::string> names = names_of(columns_of(sweep, nullptr));
    CHECK(has(names, "batch"));
    CHECK_FALSE(has(names, "scale"));
}

TEST_CASE("figures are columns only where some case has them") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    CHECK(has(names_of(columns_of(sweep, nullptr)), "quality.keypoint_error"));
    CHECK_FALSE(has(names_of(columns_of(sweep, nullptr)), "quality.oks"));
    CHECK_FALSE(has(names_of(columns_of(sweep, nullptr)), "gpu_use"));
    CHECK_FALSE(has(names_of(columns_of(sweep, nullptr)), "failed_samples"));

    for (Case& measured : sweep.cases) {
        measured.quality.reset();
    }
    sweep.cases[0].samples[1].gpu = GpuUse{.utilisation_percent = 80};
    sweep.cases[0].samples[2].failure = "differs";
    const std::vector<std::string> names = names_of(columns_of(sweep, nullptr));
    CHECK_FALSE(has(names, "quality.keypoint_error"));
    CHECK_FALSE(has(names, "quality.pck"));
    CHECK(has(names, "gpu_use"));
    CHECK(has(names, "failed_samples"));
    CHECK(column(columns_of(sweep, nullptr), "gpu_use").cells[1].text.empty());
}

TEST_CASE("every case has one row in the terminal") {
    const Sweep sweep = made_reference_sweep();
    REQUIRE(sweep.cases.size() == 22);
    const std::vector<std::string> lines = lines_of(text_table(sweep, judged(sweep)));
    for (const Case& measured : sweep.cases) {
        CHECK(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
                  return line.starts_with(measured.id + " ");
              }) == 1);
    }
}

TEST_CASE("columns stand below each other whatever is in them") {
    Sweep sweep = made_product({{"model", {"a", "b"}}});
    sweep.cases[0].id = "model=\xE6\xBC\xA2";  // a wide character
    const std::vector<std::string> lines = lines_of(text_table(sweep, judged(sweep)));
    const auto column_of = [&](std::size_t line, const std::string& what) {
        return display_width(lines[line].substr(0, lines[line].find(what)));
    };
    CHECK(column_of(1, " ±") == column_of(2, " ±"));
}

TEST_CASE("a case that failed says why in its row and ranks nowhere") {
    Sweep sweep = made_product({{"batch", {"1", "4", "8"}}});
    fail_case(sweep.cases[1], "the model x cannot be read");
    const Ranking ranking = judged(sweep);
    const std::string row = line_with(text_table(sweep, ranking), "batch=4");
    CHECK(row.ends_with("the model x cannot be read"));
    CHECK(markdown(sweep, ranking).find("the model x cannot be read") != std::string::npos);
    CHECK(column(columns_of(sweep, &ranking), "verdict").cells[1].text.empty());
    CHECK(column(columns_of(sweep, &ranking), "stopped").cells[1].text == "failed");
    CHECK(column(columns_of(sweep, &ranking), "model_load_s").cells[1].text.empty());
    for (const Case& each : sweep.cases) {
        CHECK(failure_of(each) ==
              (each.id == "batch=4" ? "failed: the model x cannot be read" : ""));
    }
}

TEST_CASE("a case that left no figures and no reason says so") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    fail_case(sweep.cases[1], "");
    CHECK(line_with(text_table(sweep, judged(sweep)), "batch=4").ends_with("no figures"));
}

TEST_CASE("best and cheapest and Pareto state are marked") {
    const Sweep sweep = made_product({{"scale", {"0.3", "0.5", "1"}}});
    const Ranking ranking = judged(sweep);
    REQUIRE(ranking.best == std::vector<std::string>{"scale=0.3"});
    const Column marks = column(columns_of(sweep, &ranking), "verdict");
    CHECK(marks.cells[0].text.starts_with("best, cheapest"));
    CHECK(marks.cells[2].text == "frontier");
    CHECK_FALSE(has(names_of(columns_of(sweep, nullptr)), "verdict"));
}

TEST_CASE("a sweep of nothing and of one case are told plainly") {
    const Sweep nothing;
    CHECK(text_table(nothing, judged(nothing)).starts_with("no case was measured"));
    CHECK(markdown(nothing, judged(nothing)).starts_with("No case was measured"));
    CHECK(read_csv(csv(nothing)).size() == 1);
    const Sweep one = made_product({});
    CHECK_FALSE(line_with(text_table(one, judged(one)), "default").empty());
    CHECK(read_csv(csv(one)).size() == 2);
}

TEST_CASE("numbers that are none are left out") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    sweep.cases[0].frames_per_s = Estimate{30, -kInfinity, kInfinity, 0.95};
    sweep.cases[1].frames_per_s =
        Estimate{std::numeric_limits<double>::quiet_NaN(), 0, kInfinity, 0.95};
    CHECK(text_table(sweep, judged(sweep)).find("30.00 ± ?") != std::string::npos);
    const auto rows = read_csv(csv(sweep));
    for (const std::string& field : rows[1]) {
        CHECK(field != "inf");
        CHECK(field != "-inf");
    }
    for (const std::string& field : rows[2]) {
        CHECK(field != "nan");
        CHECK(field != "inf");
    }
}

TEST_CASE("several clips are told one by one, a single one is not") {
    Sweep sweep = made_product({{"batch", {"1", "2"}}});
    CHECK(clip_columns_of(sweep).empty());
    CHECK(text_table(sweep, judged(sweep)).find("clip by clip") == std::string::npos);
    add_clip(sweep, "/videos/park, west.mp4");
    const std::vector<Column> columns = clip_columns_of(sweep);
    CHECK(names_of(columns) ==
          std::vector<std::string>{"case", "clips[0].frames_per_s", "clips[0].keypoint_error",
                                   "clips[1].frames_per_s", "clips[1].keypoint_error"});
    const double ratio = column(columns, "clips[1].frames_per_s").cells[0].number->value /
                         column(columns, "clips[0].frames_per_s").cells[0].number->value;
    CHECK(ratio == doctest::Approx(2));
    CHECK(column(columns, "clips[1].keypoint_error").cells[1].number->value ==
          doctest::Approx(0.05));
    const std::string text = text_table(sweep, judged(sweep));
    CHECK(text.find("\nclip by clip\ncase ") != std::string::npos);
    CHECK(text.find("park, west.mp4: frames/s") != std::string::npos);
    CHECK(markdown(sweep, judged(sweep)).find("**Clip by clip**") != std::string::npos);
    const auto rows = read_csv(csv(sweep));
    CHECK(has(rows[0], "clips[1].frames_per_s.low"));
    CHECK(rows[1].size() == rows[0].size());
    CHECK(facts_of(sweep.context)[1].second.starts_with("/videos/park, west.mp4"));

    // What no sample tells is no column, and a case that failed says so.
    for (Sample& sample : sweep.cases[0].samples) {
        sample.clip_wall_s.clear();
    }
    fail_case(sweep.cases[1], "no model x");
    CHECK_FALSE(has(names_of(clip_columns_of(sweep)), "clips[0].frames_per_s"));
    CHECK(text_table(sweep, judged(sweep)).find("failed: no model x") != std::string::npos);
}

TEST_CASE("CSV reads back as the numbers that were measured") {
    const Sweep sweep = made_reference_sweep();
    const auto rows = read_csv(csv(sweep));
    REQUIRE(rows.size() == sweep.cases.size() + 1);
    const auto at = [&](std::size_t row, const std::string& name) {
        const auto found = std::find(rows[0].begin(), rows[0].end(), name);
        REQUIRE(found != rows[0].end());
        return rows[row].at(static_cast<std::size_t>(found - rows[0].begin()));
    };
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        REQUIRE(rows[i + 1].size() == rows[0].size());
        const Case& measured = sweep.cases[i];
        CHECK(at(i + 1, "case") == measured.id);
        CHECK(at(i + 1, "batch") == measured.settings[0].second);
        CHECK(std::stod(at(i + 1, "frames_per_s")) == measured.frames_per_s->value);
        CHECK(std::stod(at(i + 1, "frames_per_s.low")) == measured.frames_per_s->low);
        CHECK(std::stod(at(i + 1, "cpu_s_per_frame")) == measured.cpu_s_per_frame);
        CHECK(std::stod(at(i + 1, "quality.pck.high")) == measured.quality->pck.high);
    }
}

TEST_CASE("CSV keeps commas and quotes and line breaks and defuses formulas") {
    Sweep sweep = made_product({{"model", {"a", "b", "c"}}});
    fail_case(sweep.cases[0], "=HYPERLINK(\"x\"), then\r\nmore");
    sweep.cases[1].id = "+1+2";
    sweep.cases[2].settings[0].second = "-0.5";
    const auto rows = read_csv(csv(sweep));
    REQUIRE(rows.size() == 4);
    CHECK(rows[1].back() == "'=HYPERLINK(\"x\"), then\r\nmore");
    CHECK(rows[2].front() == "'+1+2");
    CHECK(rows[3].at(1) == "-0.5");
}

TEST_CASE("Markdown has as many cells in each row whatever the texts hold") {
    Sweep sweep = made_product({{"model", {"a", "b"}}});
    sweep.cases[0].id = "a|b\nc";
    fail_case(sweep.cases[1], "no | pipe\r\nand <script>alert(1)</script>");
    const std::string text = markdown(sweep, judged(sweep));
    CHECK(text.find("<script>") == std::string::npos);
    std::size_t bars = 0;
    for (const std::string& line : lines_of(text)) {
        if (!line.starts_with("|")) {
            break;
        }
        const std::size_t found = count_of(line, "|") - count_of(line, "\\|");
        CHECK((bars == 0 || found == bars));
        bars = found;
    }
    CHECK(bars > 5);
}

TEST_CASE("what is doubtful is told once for all cases that share it") {
    Sweep sweep = made_product({{"batch", {"1", "2", "4", "5", "6", "8"}}});
    for (Case& measured : sweep.cases) {
        measured.samples[1].wall_s *= 3;  // the first that counts
    }
    sweep.context.warnings = {"a debug build"};
    const std::vector<std::string> doubts = doubts_of(sweep);
    REQUIRE(doubts.size() == 2);
    CHECK(doubts[0] == "a debug build");
    CHECK(doubts[1].find("first pass") != std::string::npos);
    CHECK(doubts[1].find("batch=5 and 2 more") != std::string::npos);
    CHECK(text_table(sweep, judged(sweep)).find("a debug build") != std::string::npos);
}

TEST_CASE("drift is told with its size") {
    Sweep sweep = made_product({{"batch", {"1", "4"}}});
    for (std::size_t i = 0; i < sweep.cases[0].samples.size(); ++i) {
        sweep.cases[0].samples[i].wall_s = 2 + 0.1 * static_cast<double>(i);
    }
    const std::vector<std::string> doubts = doubts_of(sweep);
    REQUIRE_FALSE(doubts.empty());
    CHECK(doubts[0].find("batch=1 (+") != std::string::npos);
}

TEST_CASE("the stage table has each stage and its parts once") {
    const Case measured = made_product({}).cases.front();
    const std::string table = stage_table(measured);
    CHECK(count_of(table, "\ninfer ") == 1);
    CHECK(count_of(table, "\n  network ") == 1);
    CHECK(count_of(table, "\n  batch wait ") == 1);
    // 70 % of the pass by construction.
    const std::string row = line_with(table, "infer");
    CHECK(row.find(" 70.0 ") != std::string::npos);
    CHECK(stage_table(Case{}).empty());
}

TEST_CASE("a name of any length does not stretch the table") {
    Sweep sweep = made_product({{"model", {"1", "2"}}});
    sweep.cases[0].id = std::string(5000, 'w');
    for (const std::string& line : lines_of(text_table(sweep, judged(sweep)))) {
        CHECK((line.size() < 500 || line.starts_with("  ")));  // sentences name it whole
    }
}

TEST_CASE("the terminal says what the time contains") {
    const Sweep sweep = made_product({{"batch", {"1", "4"}}});
    CHECK(text_table(sweep, judged(sweep)).find(sweep.context.contains) != std::string::npos);
}
