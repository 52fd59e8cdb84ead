#include "bench/sweep/result_json.h"

#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bench/sweep/stopping.h"

namespace closet::bench {
namespace {

/// JSON has no infinities and no NaN.
OrderedJson number(double value) {
    return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson to_json(const Estimate& estimate) {
    return {{"value", number(estimate.value)},
            {"low", number(estimate.low)},
            {"high", number(estimate.high)},
            {"level", number(estimate.level)}};
}

void put(OrderedJson& json, const char* name, const std::optional<Estimate>& estimate) {
    if (estimate) {
        json[name] = to_json(*estimate);
    }
}

OrderedJson to_json(const Latency& latency) {
    return {{"min", number(latency.min)}, {"mean", number(latency.mean)},
            {"p50", number(latency.p50)}, {"p95", number(latency.p95)},
            {"p99", number(latency.p99)}, {"max", number(latency.max)}};
}

OrderedJson to_json(const GpuUse& gpu) {
    return {{"device_time_s", number(gpu.device_time_s)},
            {"utilisation_percent", number(gpu.utilisation_percent)},
            {"power_w", number(gpu.power_w)},
            {"temperature_c", number(gpu.temperature_c)},
            {"clock_mhz", number(gpu.clock_mhz)},
            {"peak_memory_bytes", gpu.peak_memory_bytes}};
}

OrderedJson to_json(const Work& work) {
    return {{"frames_in", work.frames_in},
            {"frames_out", work.frames_out},
            {"key_frames", work.key_frames},
            {"poses", work.poses},
            {"poses_digest", work.poses_digest}};
}

OrderedJson to_json(const StageMetrics& stage) {
    OrderedJson parts = OrderedJson::array();
    for (const PartTime& part : stage.parts) {
        parts.push_back(
            {{"name", part.name}, {"total_s", number(part.total_s)}, {"calls", part.calls}});
    }
    return {{"name", stage.name},
            {"busy_s", number(stage.busy_s)},
            {"cpu_s", number(stage.cpu_s)},
            {"wait_input_s", number(stage.wait_input_s)},
            {"wait_output_s", number(stage.wait_output_s)},
            {"items_in", stage.items_in},
            {"items_out", stage.items_out},
            {"peak_queue", stage.peak_queue},
            {"first_item_s", number(stage.first_item_s)},
            {"parts", std::move(parts)}};
}

OrderedJson to_json(const Quality& quality) {
    OrderedJson json{{"keypoint_error", to_json(quality.keypoint_error)},
                     {"pck", to_json(quality.pck)},
                     {"jitter", to_json(quality.jitter)},
                     {"reference_jitter", to_json(quality.reference_jitter)},
                     {"missing", to_json(quality.missing)}};
    put(json, "ssim", quality.ssim);
    put(json, "psnr_db", quality.psnr_db);
    put(json, "oks", quality.oks);
    return json;
}

OrderedJson latencies(const std::vector<float>& latency_ms) {
    OrderedJson list = OrderedJson::array();
    for (const float value : latency_ms) {
        list.push_back(number(std::round(static_cast<double>(value) * 1000) / 1000));
    }
    return list;
}

template <class Pairs>
OrderedJson object_of(const Pairs& pairs) {
    OrderedJson object = OrderedJson::object();
    for (const auto& [name, value] : pairs) {
        object[name] = value;
    }
    return object;
}

}  // namespace

OrderedJson to_json(const Sample& sample) {
    OrderedJson stages = OrderedJson::array();
    for (const StageMetrics& stage : sample.stages) {
        stages.push_back(to_json(stage));
    }
    OrderedJson json{{"order", sample.order},
                     {"process", sample.process},
                     {"warm_up", sample.warm_up},
                     {"failure", sample.failure},
                     {"wall_s", number(sample.wall_s)},
                     {"cpu_s", number(sample.cpu_s)},
                     {"peak_memory_bytes", sample.peak_memory_bytes},
                     {"first_batch_s", number(sample.first_batch_s)},
                     {"work", to_json(sample.work)},
                     {"latency_ms", latencies(sample.latency_ms)},
                     {"stages", std::move(stages)}};
    if (sample.gpu) {
        json["gpu"] = to_json(*sample.gpu);
    }
    return json;
}

OrderedJson to_json(const Case& measured) {
    OrderedJson json{{"id", measured.id},
                     {"settings", object_of(measured.settings)},
                     {"stopped", to_text(measured.stopped)},
                     {"failure", measured.failure},
                     {"model_load_s", number(measured.model_load_s)}};
    put(json, "frames_per_s", measured.frames_per_s);
    put(json, "inferences_per_s", measured.inferences_per_s);
    if (measured.latency) {
        json["latency"] = to_json(*measured.latency);
    }
    put(json, "latency_p95_ms", measured.latency_p95_ms);
    json["peak_memory_bytes"] = measured.peak_memory_bytes;
    json["cpu_s_per_frame"] = number(measured.cpu_s_per_frame);
    json["bottleneck"] = measured.bottleneck;
    if (measured.quality) {
        json["quality"] = to_json(*measured.quality);
    }
    OrderedJson samples = OrderedJson::array();
    for (const Sample& sample : measured.samples) {
        samples.push_back(to_json(sample));
    }
    json["samples"] = std::move(samples);
    return json;
}

OrderedJson to_json(const Context& context) {
    return {{"time_utc", context.time_utc},
            {"host", context.host},
            {"system", context.system},
            {"cpu", context.cpu},
            {"cpu_path", context.cpu_path},
            {"cores", context.cores},
            {"memory_bytes", context.memory_bytes},
            {"governor", context.governor},
            {"gpu", context.gpu},
            {"closet_version", context.closet_version},
            {"revision", context.revision},
            {"build_type", context.build_type},
            {"compiler", context.compiler},
            {"libraries", object_of(context.libraries)},
            {"arguments", context.arguments},
            {"clip", context.clip},
            {"clip_sha256", context.clip_sha256},
            {"width", context.width},
            {"height", context.height},
            {"frames_per_s", number(context.frames_per_s)},
            {"frames", context.frames},
            {"garment_sha256", context.garment_sha256},
            {"settings", object_of(context.settings)},
            {"contains", context.contains},
            {"seed", context.seed},
            {"warnings", context.warnings}};
}

OrderedJson schema_fields() {
    return {{"schema", kSchemaName}, {"version", fmt::format("{}.{}", kSchemaMajor, kSchemaMinor)}};
}

OrderedJson to_json(const Sweep& sweep) {
    OrderedJson json = schema_fields();
    json["axes"] = sweep.axes;
    json["context"] = to_json(sweep.context);
    json["cases"] = OrderedJson::array();
    for (const Case& measured : sweep.cases) {
        json["cases"].push_back(to_json(measured));
    }
    return json;
}

std::string json_line(const OrderedJson& json) {
    return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::string json_text(const Sweep& sweep) {
    const Sweep head{sweep.context, {}, sweep.axes};
    OrderedJson json = to_json(head);
    json.erase("cases");
    std::string text = json.dump(1, ' ', false, OrderedJson::error_handler_t::replace);
    text.resize(text.size() - 2);  // the line break and the brace, which come after the cases
    text += ",\n \"cases\": [";
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        text += i == 0 ? "\n  " : ",\n  ";
        text += json_line(to_json(sweep.cases[i]));
    }
    text += "\n ]\n}\n";
    return text;
}

}  // namespace closet::bench
