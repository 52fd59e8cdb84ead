#include "live/statistics_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/json_string.h"
#include "pipeline/stage_json.h"

namespace closet {
namespace {

constexpr double kMegabyte = 1e6;
constexpr double kGigabyte = 1e9;

/// A row of the table; the numbers as text, empty where there is none.
std::string row(std::string_view label, std::string_view unit, std::string_view here,
                std::string_view reference = "") {
    std::string line = fmt::format("  {:<20}{:>10}{:>11}{:>12}", label, unit, here, reference);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string tenths(double value) {
    return fmt::format("{:.1f}", value);
}

std::string whole(double value) {
    return fmt::format("{:.0f}", value);
}

/// Where items give way, in the table and in the window, where there is little room.
struct DropPlace {
    std::string_view in_words, in_short;
    std::int64_t LiveDrops::*count;
};
constexpr std::array<DropPlace, 6> kDropPlaces{
    {{"at the source", "source", &LiveDrops::late},
     {"before rendering", "render", &LiveDrops::render},
     {"before inference", "inference", &LiveDrops::inference},
     {"of results", "results", &LiveDrops::results},
     {"before the output", "output", &LiveDrops::output},
     {"before the window", "window", &LiveDrops::display}}};

/// "3 at the source, 7 before rendering", those that are not 0; "none".
std::string drops_in_words(const LiveDrops& drops, std::string_view DropPlace::*words) {
    std::string text;
    for (const DropPlace& place : kDropPlaces) {
        if (const std::int64_t count = drops.*place.count; count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, place.*words);
        }
    }
    return text.empty() ? "none" : text;
}

std::string rate_rows(const LiveStatistics& figures) {
    constexpr std::string_view kUnit = "a second";
    return row("frames in", kUnit, tenths(figures.captured_rate), "40") +
           row("frames inferred", kUnit, tenths(figures.inferred_rate), "25") +
           row("frames rendered", kUnit, tenths(figures.rendered_rate)) +
           row("frames out", kUnit, tenths(figures.put_out_rate), "30");
}

std::string latency_rows(const LatencyFigures& latency) {
    const auto ms = [&](double value) { return latency.count > 0 ? tenths(value) : "-"; };
    return row("latency, least", "ms", ms(latency.min_ms), "40") +
           row("latency, mean", "ms", ms(latency.mean_ms), "65") +
           row("latency, median", "ms", ms(latency.p50_ms)) +
           row("latency, 95 %", "ms", ms(latency.p95_ms)) +
           row("latency, 99 %", "ms", ms(latency.p99_ms)) +
           row("latency, greatest", "ms", ms(latency.max_ms), "100");
}

std::string pose_rows(const LiveStatistics& figures) {
    const LatencyFigures& latency = figures.pose_latency;
    const auto ms = [&](double value) { return latency.count > 0 ? tenths(value) : "-"; };
    return row("pose latency, mean", "ms", ms(latency.mean_ms)) +
           row("pose latency, 95 %", "ms", ms(latency.p95_ms));
}

std::string machine_rows(const LiveStatistics& figures) {
    const auto megabytes = [](std::int64_t bytes) {
        return whole(static_cast<double>(bytes) / kMegabyte);
    };
    std::string rows = row("processor", "% of one", whole(figures.cpu_percent)) +
                       row("memory", "MB", megabytes(figures.memory_bytes)) +
                       row("memory, greatest", "MB", megabytes(figures.peak_memory_bytes));
    if (figures.gpu) {
        rows += row("GPU use", "%", whole(figures.gpu->use_percent), "80") +
                row("GPU memory", "MB", megabytes(figures.gpu->memory_bytes), "2000") +
                row("GPU temperature", "C", whole(figures.gpu->temperature_c));
    }
    return rows;
}

/// What the reference system took for a part, as its own figures have it; empty: no such part.
std::string_view reference_ms(std::string_view part) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTimes{
        {{"batch wait", "25"},
         {"downscale", "5"},
         {"network", "32"},
         {"upscale", "3"},
         {"interpolate", "1"},
         {"resize", "5"},
         {"affine", "8"},
         {"blend", "2"},
         {"skeleton", "3"}}};
    for (const auto& [name, time] : kTimes) {
        if (name == part) {
            return time;
        }
    }
    return "";
}

/// Milliseconds of each of `count`; "-" for none.
std::string each_ms(double seconds, std::int64_t count) {
    return count > 0 ? fmt::format("{:.2f}", 1e3 * seconds / static_cast<double>(count)) : "-";
}

/// What a thread handled: sources have no input, sinks no output.
std::int64_t items_of(const StageMetrics& stage) {
    return std::max(stage.items_in, stage.items_out);
}

std::string stage_rows(const std::vector<StageMetrics>& stages) {
    std::string rows = row("stage", "times", "ms each", "reference");
    for (const StageMetrics& stage : stages) {
        const std::int64_t items = items_of(stage);
        rows += row(stage.name, std::to_string(items), each_ms(stage.busy_s, items));
        for (const PartTime& part : stage.parts) {
            rows += row(fmt::format("  {}", part.name), std::to_string(part.calls),
                        each_ms(part.total_s, part.calls), reference_ms(part.name));
        }
    }
    return rows;
}

/// Share of the poses, and of the frames without one, in whole percent.
std::string poses_in_words(const LiveStatistics& figures) {
    const std::int64_t all = figures.poses_measured + figures.poses_predicted + figures.poses_held +
                             figures.poses_missing;
    if (all == 0) {
        return "none";
    }
    const auto percent = [&](std::int64_t count) {
        return whole(100 * static_cast<double>(count) / static_cast<double>(all));
    };
    return fmt::format("{} % measured, {} % predicted, {} % held, {} % missing",
                       percent(figures.poses_measured), percent(figures.poses_predicted),
                       percent(figures.poses_held), percent(figures.poses_missing));
}

std::string line(std::string_view label, std::string_view text) {
    return text.empty() ? "" : fmt::format("  {:<20}{}\n", label, text);
}

using Json = nlohmann::ordered_json;

constexpr auto kSchemaName = "smart-closet-live";
constexpr int kSchemaVersion = 1;

/// Of nothing there is no least and no mean: null.
Json latency_json(const LatencyFigures& latency) {
    const auto value = [&](double ms) { return latency.count > 0 ? Json(ms) : Json(); };
    return {{"count", latency.count},         {"min", value(latency.min_ms)},
            {"mean", value(latency.mean_ms)}, {"p50", value(latency.p50_ms)},
            {"p95", value(latency.p95_ms)},   {"p99", value(latency.p99_ms)},
            {"max", value(latency.max_ms)}};
}

Json name_or_null(const std::string& name) {
    return name.empty() ? Json() : Json(name);
}

Json gpu_json(const std::optional<GpuFigures>& gpu) {
    if (!gpu) {
        return {};
    }
    return {{"name", gpu->name},
            {"use_percent", gpu->use_percent},
            {"temperature_c", gpu->temperature_c},
            {"memory_bytes", gpu->memory_bytes}};
}

/// Null where nobody is asked for by a face.
Json face_json(const std::optional<LiveFace>& face) {
    if (!face) {
        return nullptr;
    }
    return {{"photo", face->photo},
            {"threshold", face->threshold},
            {"similarity", face->similarity ? Json(*face->similarity) : Json(nullptr)},
            {"found", face->similarity && *face->similarity >= face->threshold}};
}

std::string face_in_words(const LiveFace& face) {
    return face.similarity ? fmt::format("{} with similarity up to {:.2f}, where {:.2f} is needed",
                                         face.photo, *face.similarity, face.threshold)
                           : fmt::format("{}; no face was seen yet", face.photo);
}

}  // namespace

std::string figures_table(const LiveStatistics& figures) {
    std::string table = row(fmt::format("in {:.1f} s", figures.time_s), "", "here", "reference");
    table += rate_rows(figures) + latency_rows(figures.latency) + pose_rows(figures) +
             machine_rows(figures);
    if (!figures.stages.empty()) {
        table += '\n';
        table += stage_rows(figures.stages);
    }
    table += '\n';
    table += line("source", figures.source) + line("device", figures.device);
    if (figures.gpu) {
        table += line("GPU", figures.gpu->name);
    }
    table += line("frames", fmt::format("{} in, {} inferred, {} rendered, {} out", figures.captured,
                                        figures.inferred, figures.rendered, figures.put_out));
    table += line("dropped", drops_in_words(figures.drops, &DropPlace::in_words));
    table += line("poses", poses_in_words(figures));
    if (figures.face) {
        table += line("face", face_in_words(*figures.face));
    }
    if (figures.unchanged > 0) {
        table += line("unchanged", fmt::format("{} views were not inferred", figures.unchanged));
    }
    if (figures.reconnections > 0 || figures.damaged > 0) {
        table += line("source trouble", fmt::format("{} reconnections, {} damaged pictures",
                                                    figures.reconnections, figures.damaged));
    }
    table += line("reference", "1280x720 on an MX450 laptop GPU, as that system reported itself");
    return table;
}

std::vector<std::string> statistics_lines(const LiveStatistics& figures) {
    std::vector<std::string> lines;
    const auto add = [&](std::string_view label, std::string_view value) {
        lines.push_back(fmt::format("{}\t{}", label, value));
    };
    if (!figures.connected) {
        add("source", "gone, waiting");
    }
    add("in", fmt::format("{:.1f} /s", figures.captured_rate));
    add("inferred", fmt::format("{:.1f} /s, {} at a time, every {:.0f} ms", figures.inferred_rate,
                                figures.batch, 1e3 * figures.interval_s));
    add("out", fmt::format("{:.1f} /s", figures.rendered_rate));
    if (figures.latency.count > 0) {
        add("latency", fmt::format("{:.0f} ms, 99 % {:.0f} ms", figures.latency.mean_ms,
                                   figures.latency.p99_ms));
    }
    if (figures.pose_latency.count > 0) {
        add("poses", fmt::format("{:.0f} ms late", figures.pose_latency.mean_ms));
    }
    add("dropped", drops_in_words(figures.drops, &DropPlace::in_short));
    for (const StageMetrics& stage : figures.stages) {
        if (const std::int64_t items = items_of(stage); items > 0) {
            add(stage.name, each_ms(stage.busy_s, items) + " ms");
        }
    }
    add("processor", fmt::format("{:.0f} %", figures.cpu_percent));
    add("memory", fmt::format("{:.0f} MB", static_cast<double>(figures.memory_bytes) / kMegabyte));
    if (!figures.device.empty()) {
        add("device", figures.device);
    }
    if (figures.gpu) {
        add("GPU", fmt::format("{:.0f} %, {:.1f} GB, {:.0f} C", figures.gpu->use_percent,
                               static_cast<double>(figures.gpu->memory_bytes) / kGigabyte,
                               figures.gpu->temperature_c));
    }
    if (!figures.garment.empty()) {
        add("garment", figures.garment);
    }
    if (!figures.warp.empty()) {
        add("warp", figures.warp);
    }
    if (!figures.recording.empty()) {
        add("recording", figures.recording);
    }
    return lines;
}

Json to_json(const LiveStatistics& figures) {
    Json stages = Json::array();
    for (const StageMetrics& stage : figures.stages) {
        stages.push_back(stage_json(stage));
    }
    const LiveDrops& drops = figures.drops;
    return {{"schema", kSchemaName},
            {"version", kSchemaVersion},
            {"at_s", figures.at_s},
            {"time_s", figures.time_s},
            {"frames",
             {{"captured", figures.captured},
              {"inferred", figures.inferred},
              {"unchanged", figures.unchanged},
              {"rendered", figures.rendered},
              {"put_out", figures.put_out}}},
            {"rates",
             {{"captured", figures.captured_rate},
              {"inferred", figures.inferred_rate},
              {"rendered", figures.rendered_rate},
              {"put_out", figures.put_out_rate}}},
            {"drops",
             {{"late", drops.late},
              {"render", drops.render},
              {"inference", drops.inference},
              {"results", drops.results},
              {"output", drops.output},
              {"display", drops.display}}},
            {"latency_ms", latency_json(figures.latency)},
            {"pose_latency_ms", latency_json(figures.pose_latency)},
            {"poses",
             {{"measured", figures.poses_measured},
              {"predicted", figures.poses_predicted},
              {"held", figures.poses_held},
              {"missing", figures.poses_missing}}},
            {"batch", figures.batch},
            {"interval_s", figures.interval_s},
            {"queue_depth", figures.queue_depth},
            {"cpu_percent", figures.cpu_percent},
            {"memory_bytes", figures.memory_bytes},
            {"peak_memory_bytes", figures.peak_memory_bytes},
            {"device", name_or_null(figures.device)},
            {"gpu", gpu_json(figures.gpu)},
            {"source", name_or_null(figures.source)},
            {"connected", figures.connected},
            {"reconnections", figures.reconnections},
            {"damaged", figures.damaged},
            {"face", face_json(figures.face)},
            {"garment", name_or_null(figures.garment)},
            {"warp", name_or_null(figures.warp)},
            {"recording", name_or_null(figures.recording)},
            {"stages", std::move(stages)}};
}

std::string json_line(const LiveStatistics& figures) {
    return json_string(to_json(figures));
}

}  // namespace closet
