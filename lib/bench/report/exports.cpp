#include "bench/report/exports.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/report/columns.h"
#include "bench/stats/estimate.h"
#include "bench/text/number_text.h"
#include "core/json_string.h"

namespace closet::bench {
namespace {

/// The shortest text that reads back as the same number; empty where it is not finite.
std::string raw(double number) {
    return std::isfinite(number) ? fmt::format("{}", number) : std::string();
}

std::string field(std::string_view text) {
    std::string value(text);
    // A number may begin with a minus; any other text with these may be run as a formula.
    if (!value.empty() &&
        std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos &&
        !number_in(value)) {
        value.insert(value.begin(), '\'');
    }
    if (value.find_first_of(",\"\r\n") == std::string::npos) {
        return value;
    }
    std::string quoted = "\"";
    for (const char c : value) {
        quoted += c;
        if (c == '"') {
            quoted += c;
        }
    }
    return quoted + '"';
}

void add_line(std::string& text, const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) {
            text += ',';
        }
        text += field(fields[i]);
    }
    text += "\r\n";
}

void add_cell(std::vector<std::string>& fields, const Column& column, std::size_t i) {
    const Cell& cell = column.cells[i];
    // Settings are numbers only as texts.
    fields.push_back(cell.number ? raw(cell.number->value) : cell.text);
    if (column.has_interval) {
        fields.push_back(cell.number ? raw(cell.number->low) : "");
        fields.push_back(cell.number ? raw(cell.number->high) : "");
    }
}

using Json = nlohmann::ordered_json;

bool is_measured(const Case& measured) {
    return measured.frames_per_s && std::isfinite(measured.frames_per_s->value);
}

/// Indented; bytes that are not UTF-8 are replaced.
std::string text_of(const Json& json) {
    return json_string(json, 2) + "\n";
}

std::string extra_of(const Sweep& sweep, const Case& measured) {
    std::string text =
        fmt::format("{} samples", std::count_if(measured.samples.begin(), measured.samples.end(),
                                                [](const Sample& s) { return s.counts(); }));
    if (!sweep.context.cpu.empty()) {
        text += fmt::format(" on {}, {} cores", sweep.context.cpu, sweep.context.cores);
    }
    if (measured.quality) {
        text += fmt::format("\nkeypoint error {}, PCK@0.1 {}",
                            estimate_text(measured.quality->keypoint_error, 4),
                            estimate_text(measured.quality->pck, 4));
    }
    return text;
}

/// `scale` takes the estimate to the measure's unit.
Json measure(const Estimate& estimate, double scale = 1) {
    Json json{{"value", estimate.value * scale}};
    if (is_known(estimate)) {
        json["lower_value"] = estimate.low * scale;
        json["upper_value"] = estimate.high * scale;
    }
    return json;
}

void add_measure(Json& measures, const char* name, const std::optional<Estimate>& estimate,
                 double scale = 1) {
    if (estimate && std::isfinite(estimate->value)) {
        measures[name] = measure(*estimate, scale);
    }
}

}  // namespace

std::string csv(const Sweep& sweep) {
    std::vector<Column> columns = columns_of(sweep, nullptr);
    const std::vector<Column> of_clips = clip_columns_of(sweep);
    if (!of_clips.empty()) {
        columns.insert(columns.end(), std::next(of_clips.begin()), of_clips.end());
    }
    std::vector<std::string> names;
    for (const Column& column : columns) {
        names.push_back(column.name);
        if (column.has_interval) {
            names.push_back(column.name + ".low");
            names.push_back(column.name + ".high");
        }
    }
    std::string text;
    add_line(text, names);
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        std::vector<std::string> fields;
        for (const Column& column : columns) {
            add_cell(fields, column, i);
        }
        add_line(text, fields);
    }
    return text;
}

std::string github_action_benchmark_json(const Sweep& sweep) {
    Json entries = Json::array();
    for (const Case& measured : sweep.cases) {
        if (!is_measured(measured)) {
            continue;
        }
        const Estimate& rate = *measured.frames_per_s;
        Json entry{{"name", measured.id}, {"unit", "frames/s"}, {"value", rate.value}};
        if (is_known(rate)) {
            entry["range"] = fmt::format("{}..{}", number_text(rate.low), number_text(rate.high));
        }
        entry["extra"] = extra_of(sweep, measured);
        entries.push_back(std::move(entry));
    }
    return text_of(entries);
}

std::string bencher_json(const Sweep& sweep) {
    constexpr double kNanosecondsPerMs = 1e6;
    Json results = Json::object();
    for (const Case& measured : sweep.cases) {
        if (!is_measured(measured)) {
            continue;
        }
        Json measures = Json::object();
        add_measure(measures, "throughput", measured.frames_per_s);
        add_measure(measures, "latency", measured.latency_p95_ms, kNanosecondsPerMs);
        if (measured.peak_memory_bytes > 0) {
            measures["peak-memory"] = {{"value", measured.peak_memory_bytes}};
        }
        if (measured.quality) {
            add_measure(measures, "keypoint-error", measured.quality->keypoint_error);
            add_measure(measures, "pck", measured.quality->pck);
        }
        results[measured.id] = std::move(measures);
    }
    return text_of(results);
}

}  // namespace closet::bench
