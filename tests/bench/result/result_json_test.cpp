#include "bench/result/result_json.h"
#include "support/paths.h"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/result/json_fields.h"
#include "bench/result/result_file.h"
#include "bench/result/schema_check.h"
#include "bench/sweep/sample_sweep.h"
#include "core/error.h"
#include "support/temporary_folder.h"

namespace closet::bench {
namespace {

using test::whole_sweep;

std::string write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

std::string refusal(const std::string& text) {
    const closet::test::TemporaryFolder folder;
    const std::string path = write(folder / "r.json", text);
    try {
        read_result(path);
    } catch (const Error& error) {
        std::string said = error.what();
        CHECK(said.starts_with(path));
        CHECK(said.find('\n') == std::string::npos);
        return said.substr(path.size());
    }
    return "taken";
}

/// The JSON of a whole sweep with one field changed.
std::string changed(const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json json = nlohmann::json::parse(json_text(whole_sweep()));
    json[nlohmann::json::json_pointer(pointer)] = value;
    return json.dump();
}

nlohmann::json schema() {
    std::ifstream file(closet::test::source_folder() / "docs/bench-result.schema.json");
    REQUIRE(file);
    return nlohmann::json::parse(file);
}

/// The schema is open, so that minor versions may add fields; here it is closed.
nlohmann::json closed_schema() {
    nlohmann::json rules = schema();
    rules["additionalProperties"] = false;
    for (auto& definition : rules["$defs"]) {
        if (definition.contains("properties")) {
            definition["additionalProperties"] = false;
        }
    }
    return rules;
}

Sweep several_clips() {
    Sweep sweep = whole_sweep();
    sweep.context.clips.push_back({"b.mp4", std::string(64, 'c'), 640, 480, 30, 1});
    sweep.cases[0].samples[0].clip_wall_s = {0.125, 0.375};
    sweep.cases[0].quality->frame_errors.push_back({{0.5}, {17}});
    return sweep;
}

TEST_CASE("result: what is written is read again") {
    const Sweep sweep = whole_sweep();
    const std::string text = json_text(sweep);
    const Sweep read = sweep_from_json(nlohmann::json::parse(text), "r.json");
    CHECK(json_text(read) == text);
    REQUIRE(read.cases.size() == 3);
    CHECK(read.cases[0].settings == sweep.cases[0].settings);  // in the order of the axes
    CHECK(read.cases[0].samples[0].work == sweep.cases[0].samples[0].work);
    CHECK(read.cases[0].samples[0].stages[0].parts[0].name == "network");
    CHECK(read.cases[0].samples[0].gpu->clock_mhz == 1500);
    CHECK(read.cases[0].quality->psnr_db->value == 38.5);
    CHECK(read.cases[0].quality->lpips->high == 0.06);
    CHECK_FALSE(read.cases[1].quality);
    CHECK(read.cases[2].failure == "no model x");
    CHECK(read.context.seed == sweep.context.seed);
    CHECK(read.context.warnings == sweep.context.warnings);
}

TEST_CASE("result: one clip stands as before there were several, and older files are read") {
    nlohmann::json json = nlohmann::json::parse(json_text(whole_sweep()));
    CHECK(json["context"]["clip"] == "clip.mp4");
    CHECK_FALSE(json["context"].contains("clips"));
    CHECK_FALSE(json["cases"][0]["samples"][0].contains("clip_wall_s"));
    json["version"] = "1.0";
    json["cases"][0]["quality"].erase("frame_errors");
    const Sweep read = sweep_from_json(json, "r.json");
    CHECK(read.context.clips == whole_sweep().context.clips);
    CHECK(read.cases[0].quality->frame_errors.empty());
    CHECK(find_differences(read.context, whole_sweep().context, Likeness::kOneResult).empty());
    CHECK(sweep_from_json(nlohmann::json::parse(json_text(Sweep{})), "r").context.clips.empty());
}

TEST_CASE("result: several clips are written and read and keep to the schema") {
    const Sweep sweep = several_clips();
    const nlohmann::json json = nlohmann::json::parse(json_text(sweep));
    CHECK_FALSE(json["context"].contains("clip"));
    CHECK(json["context"]["clips"][1]["clip"] == "b.mp4");
    CHECK(test::schema_fault(closed_schema(), json) == "");
    const Sweep read = sweep_from_json(json, "r.json");
    CHECK(read.context.clips == sweep.context.clips);
    CHECK(read.cases[0].samples[0].clip_wall_s == sweep.cases[0].samples[0].clip_wall_s);
    CHECK(read.cases[0].quality->frame_errors[1].error == std::vector<double>{0.5});
    CHECK(json_text(read) == json_text(sweep));
}

TEST_CASE("result: other clips and their order are other conditions") {
    const Context both = several_clips().context;
    Context turned = both, fewer = both;
    std::swap(turned.clips[0], turned.clips[1]);
    fewer.clips.pop_back();
    CHECK(find_differences(both, turned, Likeness::kComparison).at(0).name == "clips");
    CHECK(find_differences(both, fewer, Likeness::kComparison).size() == 2);  // frames, too
}

TEST_CASE("result: speeds of a clip are told by passes that tell them") {
    Sweep sweep = several_clips();
    Case& measured = sweep.cases[0];
    measured.samples[1].clip_wall_s = {0.5, 0.25};
    measured.samples[2].clip_wall_s = {0.5};  // of another sweep
    CHECK(speeds_by_clip(measured, sweep.context) == std::vector<std::vector<double>>{{6}, {4}});
    CHECK(speeds_by_clip(whole_sweep().cases[0], whole_sweep().context) ==
          std::vector<std::vector<double>>{{}});
}

TEST_CASE("result: errors of frames that cannot be are refused") {
    for (const nlohmann::json& odd : {nlohmann::json({{"error", {0.1}}, {"joints", {1, 2}}}),
                                      nlohmann::json({{"error", {-0.1}}, {"joints", {1}}}),
                                      nlohmann::json({{"error", {nullptr}}, {"joints", {1}}}),
                                      nlohmann::json({{"error", {0.1}}, {"joints", {1e300}}})}) {
        CHECK(refusal(changed("/cases/0/quality/frame_errors/0", odd)).find("frame_errors[0]") !=
              std::string::npos);
    }
    CHECK(
        refusal(changed("/context/clips", std::vector<std::string>{"a.mp4"})) ==
        ": context.clips[0] is not an object; this is no result of closet bench, or a damaged one: "
        "measure it anew");
}

TEST_CASE("result: latencies are kept to a thousandth") {
    Sample sample = whole_sweep().cases[0].samples[0];
    sample.latency_ms = {12.3456789F, 0.0004F};
    CHECK(to_json(sample)["latency_ms"].dump() == "[12.346,0.0]");
}

TEST_CASE("result: numbers that are not finite become null and come back") {
    Sweep sweep = whole_sweep();
    const double infinity = std::numeric_limits<double>::infinity();
    sweep.cases[0].frames_per_s = Estimate{30, -infinity, infinity};
    sweep.cases[0].latency->max = std::nan("");
    sweep.cases[0].samples[1].latency_ms[0] = std::numeric_limits<float>::infinity();
    const std::string text = json_text(sweep);
    const Sweep read = sweep_from_json(nlohmann::json::parse(text), "r.json");
    CHECK(read.cases[0].frames_per_s->low == -infinity);
    CHECK(read.cases[0].frames_per_s->high == infinity);
    CHECK(std::isnan(read.cases[0].latency->max));
    CHECK(std::isnan(read.cases[0].samples[1].latency_ms[0]));
}

TEST_CASE("result: text that is not UTF-8 is still written") {
    Sweep sweep = whole_sweep();
    sweep.context.clips.at(0).path = "caf\xe9.mp4";
    CHECK(sweep_from_json(nlohmann::json::parse(json_text(sweep)), "r").context.clips.at(0).path ==
          "caf\xef\xbf\xbd.mp4");
}

TEST_CASE("result: it keeps to the published schema") {
    const nlohmann::json rules = schema();
    CHECK(test::schema_fault(rules, nlohmann::json::parse(json_text(whole_sweep()))) == "");
    CHECK(test::schema_fault(rules, nlohmann::json::parse(json_text(Sweep{}))) == "");
    CHECK(rules["properties"]["schema"]["const"] == kSchemaName);
}

TEST_CASE("result: the published schema knows every field that is written") {
    CHECK(test::schema_fault(closed_schema(), nlohmann::json::parse(json_text(whole_sweep()))) ==
          "");
}

TEST_CASE("result: the published schema refuses what is wrong") {
    const nlohmann::json rules = schema();
    const auto fault = [&](const std::string& pointer, const nlohmann::json& value) {
        return test::schema_fault(rules, nlohmann::json::parse(changed(pointer, value)));
    };
    CHECK(fault("/schema", "other") != "");
    CHECK(fault("/version", "2.0") != "");
    CHECK(fault("/cases/0/samples/0/wall_s", "1") != "");
    CHECK(fault("/cases/0/samples/0/work/frames_in", -1) != "");
    CHECK(fault("/cases/0/samples/0/work", nlohmann::json::object()) != "");
    CHECK(fault("/cases/0/frames_per_s", 30) != "");
    CHECK(fault("/cases/0/settings/batch", 4) != "");
    CHECK(fault("/cases/0/stopped", "bored") != "");
    CHECK(fault("/cases/0/frames_per_s/level", 2) != "");
}

TEST_CASE("result: fields of later minor versions are passed over") {
    nlohmann::json json = nlohmann::json::parse(json_text(whole_sweep()));
    json["version"] = "1.7";
    json["moon"] = {{"phase", "full"}};
    json["cases"][0]["samples"][0]["moon"] = 3;
    CHECK(sweep_from_json(json, "r.json").cases.size() == 3);
}

TEST_CASE("result: a file that is none is refused in one sentence") {
    CHECK(refusal("") == " is not JSON from byte 1 on: give a file that closet bench wrote");
    CHECK(refusal("hello").starts_with(" is not JSON from byte 1 on"));
    CHECK(refusal("[]").starts_with(" is not an object"));
    CHECK(refusal("{}").starts_with(" is no result of closet bench: its \"schema\" is ''"));
    CHECK(refusal(changed("/version", "2.0")).starts_with(" has version '2.0' of the format"));
    CHECK(refusal(changed("/version", "x")).starts_with(" has version 'x'"));
    CHECK(refusal(std::string(1 << 20, '[')).starts_with(" is nested too deep"));
    CHECK(refusal("{\"a\": 1e999}").starts_with(" is JSON with a number that is too large"));
    CHECK(refusal(json_text(whole_sweep()).substr(0, 700)).starts_with(" is not JSON from byte"));
    CHECK(refusal(changed("/context", 3)).starts_with(": context is not an object"));
}

TEST_CASE("result: a wrong field is named with its place") {
    CHECK(refusal(changed("/cases/0/samples/1/wall_s", "fast"))
              .starts_with(": cases[0].samples[1].wall_s is not a number"));
    CHECK(refusal(changed("/cases/0/samples/1/wall_s", 0))
              .starts_with(": cases[0].samples[1].wall_s is not a time above 0"));
    CHECK(refusal(changed("/cases/0/samples/1/wall_s", nullptr)).find("not a time above 0") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/samples", 1)).starts_with(": cases[0].samples is not a list"));
    CHECK(refusal(changed("/cases/0/samples/0/work/frames_in", -1)).find("is not a count") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/samples/0/work/frames_in", 1.5)).find("is not a count") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/samples/0/process", 1LL << 40)).find("is too large") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/stopped", "bored")).find("not a known reason") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/frames_per_s/low", 1000)).find("does not hold its value") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/frames_per_s/level", 0)).find("level is not a share") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/id", std::string(100000, 'x'))).find("longer than") !=
          std::string::npos);
    CHECK(refusal(changed("/cases/0/samples/0/latency_ms/0", "x")).find("latency_ms[0]") !=
          std::string::npos);
    CHECK(refusal(changed("/context/seed", -4)).find("context.seed is not a whole number") !=
          std::string::npos);
    CHECK(refusal(changed("/axes", {1, 2})).find("axes[0] is not a text") != std::string::npos);
}

TEST_CASE("result: no single byte that is damaged brings the reader down") {
    const std::string text = json_text(whole_sweep());
    for (std::size_t at = 0; at < text.size(); at += 7) {
        for (const char byte : {'\0', '}', '9', '"', '\xff'}) {
            std::string damaged = text;
            damaged[at] = byte;
            try {
                sweep_from_json(parse_json(damaged, "r.json"), "r.json");
            } catch (const Error&) {
                // A sentence is as good as an answer here.
            }
        }
    }
}

TEST_CASE("result: a file that cannot be read is named") {
    const closet::test::TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(read_result(folder / "none.json"), doctest::Contains("none.json"), Error);
    CHECK_THROWS_AS(read_result(folder.path()), Error);
}

TEST_CASE("json lines: samples and cases come together and the last line of a case wins") {
    Sweep sweep = whole_sweep();
    std::string text = context_line(sweep);
    Case first = sweep.cases[0];
    const std::vector<Sample> samples = first.samples;
    first.samples.clear();
    for (const Sample& sample : samples) {
        first.samples.push_back(sample);
        text += sample_line(first);
    }
    const Sweep half = parse_json_lines(text, "r.jsonl");
    REQUIRE(half.cases.size() == 1);
    CHECK(half.cases[0].samples.size() == samples.size());
    CHECK(half.cases[0].settings == sweep.cases[0].settings);
    CHECK(half.cases[0].stopped == StopReason::kInterrupted);
    for (const Case& measured : sweep.cases) {
        text += case_line(measured);
    }
    text += "{\"type\": \"moon\"}\n";
    CHECK(is_json_lines(text));
    CHECK(json_text(parse_json_lines(text, "r.jsonl")) == json_text(sweep));
    sweep.cases[0].bottleneck = "later";
    text += case_line(sweep.cases[0]);
    CHECK(json_text(parse_json_lines(text, "r.jsonl")) == json_text(sweep));
}

TEST_CASE("json lines: a torn last line is passed over and one in the middle is named") {
    const closet::test::TemporaryFolder folder;
    const Sweep sweep = whole_sweep();
    const std::string whole = context_line(sweep) + case_line(sweep.cases[0]);
    const std::string last = case_line(sweep.cases[1]);
    for (std::size_t size = 0; size < last.size() - 1; size += 11) {
        const Sweep read = read_result(write(folder / "r.jsonl", whole + last.substr(0, size)));
        CHECK(read.cases.size() == 1);
    }
    CHECK(read_result(write(folder / "r.jsonl", whole + last.substr(0, last.size() - 1)))
              .cases.size() == 2);
    CHECK(refusal(whole + last.substr(0, 50) + "\n" + last).starts_with(": line 3 is not JSON"));
    CHECK(refusal(whole + "{\"type\": \"case\"}\n").starts_with(": line 3: case is absent"));
}

TEST_CASE("json lines: a torn first line is no result") {
    const std::string line = context_line(whole_sweep());
    CHECK(refusal(line.substr(0, 100)).starts_with(" is not JSON"));
}

}  // namespace
}  // namespace closet::bench
