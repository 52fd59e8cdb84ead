#include "live/flow/figures_json.h"

#include <nlohmann/json.hpp>

#include "core/json_string.h"
#include "pipeline/stage_json.h"

namespace closet {
namespace {

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

}  // namespace

Json to_json(const LiveFigures& figures) {
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
            {"garment", name_or_null(figures.garment)},
            {"warp", name_or_null(figures.warp)},
            {"recording", name_or_null(figures.recording)},
            {"stages", std::move(stages)}};
}

std::string json_line(const LiveFigures& figures) {
    return json_string(to_json(figures));
}

}  // namespace closet
