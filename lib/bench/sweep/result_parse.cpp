#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bench/sweep/cases.h"
#include "bench/sweep/excerpt.h"
#include "bench/sweep/json_fields.h"
#include "bench/sweep/result_json.h"
#include "bench/sweep/stopping.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using nlohmann::json;

// More than any sweep has, less than what would exhaust memory.
constexpr std::size_t kMostSamples = 100'000, kMostFrames = 10'000'000, kMostStages = 100,
                      kMostParts = 100, kMostTexts = 10'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string element(const std::string& place, std::size_t index) {
    return fmt::format("{}[{}]", place, index);
}

Estimate parse_estimate(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    Estimate estimate;
    fields.require("value");
    fields.read("value", estimate.value);
    estimate.low = -kInfinity;  // absent bounds, like null, are not known
    estimate.high = kInfinity;
    fields.read("low", estimate.low, -kInfinity);
    fields.read("high", estimate.high, kInfinity);
    fields.read("level", estimate.level);
    if (!(estimate.level > 0 && estimate.level < 1)) {
        refuse(fields.place_of("level"), "not a share between 0 and 1");
    }
    if (estimate.low > estimate.value || estimate.high < estimate.value) {
        refuse(place, "an interval that does not hold its value");
    }
    return estimate;
}

void parse_optional(const JsonFields& fields, const char* name, std::optional<Estimate>& estimate) {
    if (const json* field = fields.find(name)) {
        estimate = parse_estimate(*field, fields.place_of(name));
    }
}

Latency parse_latency(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    Latency latency;
    fields.read("min", latency.min);
    fields.read("mean", latency.mean);
    fields.read("p50", latency.p50);
    fields.read("p95", latency.p95);
    fields.read("p99", latency.p99);
    fields.read("max", latency.max);
    return latency;
}

GpuUse parse_gpu(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    GpuUse gpu;
    fields.read("device_time_s", gpu.device_time_s);
    fields.read("utilisation_percent", gpu.utilisation_percent);
    fields.read("power_w", gpu.power_w);
    fields.read("temperature_c", gpu.temperature_c);
    fields.read("clock_mhz", gpu.clock_mhz);
    fields.read("peak_memory_bytes", gpu.peak_memory_bytes);
    return gpu;
}

Work parse_work(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    Work work;
    fields.require("frames_in");
    fields.require("frames_out");
    fields.read("frames_in", work.frames_in);
    fields.read("frames_out", work.frames_out);
    fields.read("key_frames", work.key_frames);
    fields.read("poses", work.poses);
    fields.read("poses_digest", work.poses_digest);
    return work;
}

StageMetrics parse_stage(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    StageMetrics stage;
    fields.require("name");
    fields.read("name", stage.name);
    fields.read("busy_s", stage.busy_s);
    fields.read("cpu_s", stage.cpu_s);
    fields.read("wait_input_s", stage.wait_input_s);
    fields.read("wait_output_s", stage.wait_output_s);
    fields.read("items_in", stage.items_in);
    fields.read("items_out", stage.items_out);
    std::int64_t peak = 0;
    fields.read("peak_queue", peak);
    stage.peak_queue = static_cast<std::size_t>(peak);
    fields.read("first_item_s", stage.first_item_s);
    for (const json& part : fields.array("parts", kMostParts)) {
        const JsonFields of(part, element(fields.place_of("parts"), stage.parts.size()));
        PartTime& time = stage.parts.emplace_back();
        of.require("name");
        of.read("name", time.name);
        of.read("total_s", time.total_s);
        of.read("calls", time.calls);
    }
    return stage;
}

Quality parse_quality(const json& from, const std::string& place) {
    const JsonFields fields(from, place);
    const auto estimate = [&](const char* name) {
        return parse_estimate(fields.require(name), fields.place_of(name));
    };
    Quality quality;
    quality.keypoint_error = estimate("keypoint_error");
    quality.pck = estimate("pck");
    quality.jitter = estimate("jitter");
    quality.reference_jitter = estimate("reference_jitter");
    quality.missing = estimate("missing");
    parse_optional(fields, "ssim", quality.ssim);
    parse_optional(fields, "psnr_db", quality.psnr_db);
    parse_optional(fields, "oks", quality.oks);
    return quality;
}

std::vector<float> parse_latencies(const JsonFields& fields) {
    std::vector<float> latency_ms;
    for (const json& value : fields.array("latency_ms", kMostFrames)) {
        if (!value.is_number() && !value.is_null()) {
            refuse(element(fields.place_of("latency_ms"), latency_ms.size()), "not a number");
        }
        latency_ms.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN()
                                             : static_cast<float>(value.get<double>()));
    }
    return latency_ms;
}

std::map<std::string, std::string> parse_texts(const JsonFields& fields, const char* name) {
    std::map<std::string, std::string> texts;
    if (const json* field = fields.find(name)) {
        const JsonFields of(*field, fields.place_of(name));
        if (field->size() > kMostTexts) {
            refuse(of.place(), fmt::format("longer than {} elements", kMostTexts));
        }
        for (const auto& [key, value] : field->items()) {
            of.read(key.c_str(), texts[key]);
        }
    }
    return texts;
}

/// Those of `axes` first, in their order.
std::vector<Setting> in_order(std::map<std::string, std::string> texts,
                              const std::vector<std::string>& axes) {
    std::vector<Setting> settings;
    for (const std::string& axis : axes) {
        if (auto node = texts.extract(axis)) {
            settings.emplace_back(node.key(), std::move(node.mapped()));
        }
    }
    settings.insert(settings.end(), texts.begin(), texts.end());
    return settings;
}

StopReason parse_reason(const JsonFields& fields) {
    std::string text = to_text(StopReason::kTime);
    fields.read("stopped", text);
    for (const StopReason reason : {StopReason::kNarrow, StopReason::kTime, StopReason::kBudget,
                                    StopReason::kInterrupted, StopReason::kFailed}) {
        if (text == to_text(reason)) {
            return reason;
        }
    }
    refuse(fields.place_of("stopped"), fmt::format("'{}', not a known reason", excerpt(text)));
}

void check_version(const JsonFields& fields, const std::string& where) {
    std::string name, version;
    fields.read("schema", name);
    fields.read("version", version);
    if (name != kSchemaName) {
        throw Error(fmt::format("{} is no result of closet bench: its \"schema\" is '{}', not '{}'",
                                where, excerpt(name), kSchemaName));
    }
    int major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    if (major != kSchemaMajor) {
        throw Error(
            fmt::format("{} has version '{}' of the format and this closet reads {}.x: use "
                        "the closet that wrote it, or measure anew",
                        where, excerpt(version), kSchemaMajor));
    }
}

}  // namespace

Sample sample_from_json(const json& from, const std::string& where) {
    const JsonFields fields(from, where);
    Sample sample;
    fields.read("order", sample.order);
    fields.read("process", sample.process);
    fields.read("warm_up", sample.warm_up);
    fields.read("failure", sample.failure);
    fields.require("wall_s");
    fields.read("wall_s", sample.wall_s);
    fields.read("cpu_s", sample.cpu_s);
    fields.read("peak_memory_bytes", sample.peak_memory_bytes);
    fields.read("first_batch_s", sample.first_batch_s);
    sample.work = parse_work(fields.require("work"), fields.place_of("work"));
    sample.latency_ms = parse_latencies(fields);
    for (const json& stage : fields.array("stages", kMostStages)) {
        sample.stages.push_back(
            parse_stage(stage, element(fields.place_of("stages"), sample.stages.size())));
    }
    if (const json* gpu = fields.find("gpu")) {
        sample.gpu = parse_gpu(*gpu, fields.place_of("gpu"));
    }
    if (sample.counts() && !(std::isfinite(sample.wall_s) && sample.wall_s > 0)) {
        refuse(fields.place_of("wall_s"), "not a time above 0");
    }
    return sample;
}

Case case_from_json(const json& from, const std::string& where,
                    const std::vector<std::string>& axes) {
    const JsonFields fields(from, where);
    Case measured;
    fields.require("id");
    fields.read("id", measured.id);
    measured.settings = in_order(parse_texts(fields, "settings"), axes);
    measured.stopped = parse_reason(fields);
    fields.read("failure", measured.failure);
    fields.read("model_load_s", measured.model_load_s);
    parse_optional(fields, "frames_per_s", measured.frames_per_s);
    parse_optional(fields, "inferences_per_s", measured.inferences_per_s);
    if (const json* latency = fields.find("latency")) {
        measured.latency = parse_latency(*latency, fields.place_of("latency"));
    }
    parse_optional(fields, "latency_p95_ms", measured.latency_p95_ms);
    fields.read("peak_memory_bytes", measured.peak_memory_bytes);
    fields.read("cpu_s_per_frame", measured.cpu_s_per_frame);
    fields.read("bottleneck", measured.bottleneck);
    if (const json* quality = fields.find("quality")) {
        measured.quality = parse_quality(*quality, fields.place_of("quality"));
    }
    for (const json& sample : fields.array("samples", kMostSamples)) {
        measured.samples.push_back(
            sample_from_json(sample, element(fields.place_of("samples"), measured.samples.size())));
    }
    return measured;
}

Context context_from_json(const json& from, const std::string& where) {
    const JsonFields fields(from, where);
    Context context;
    fields.read("time_utc", context.time_utc);
    fields.read("host", context.host);
    fields.read("system", context.system);
    fields.read("cpu", context.cpu);
    fields.read("cpu_path", context.cpu_path);
    fields.read("cores", context.cores);
    fields.read("memory_bytes", context.memory_bytes);
    fields.read("governor", context.governor);
    fields.read("gpu", context.gpu);
    fields.read("closet_version", context.closet_version);
    fields.read("revision", context.revision);
    fields.read("build_type", context.build_type);
    fields.read("compiler", context.compiler);
    context.libraries = parse_texts(fields, "libraries");
    fields.read("arguments", context.arguments);
    fields.read("clip", context.clip);
    fields.read("clip_sha256", context.clip_sha256);
    fields.read("width", context.width);
    fields.read("height", context.height);
    fields.read("frames_per_s", context.frames_per_s);
    fields.read("frames", context.frames);
    fields.read("garment_sha256", context.garment_sha256);
    context.settings = parse_texts(fields, "settings");
    fields.read("contains", context.contains);
    fields.read("seed", context.seed);
    fields.read("warnings", context.warnings);
    return context;
}

Sweep sweep_from_json(const json& from, const std::string& where) {
    const std::string place = where + ": ";
    const JsonFields fields(from, place);
    check_version(fields, where);
    Sweep sweep;
    fields.read("axes", sweep.axes);
    sweep.context = context_from_json(fields.require("context"), fields.place_of("context"));
    for (const json& measured : fields.array("cases", kMaximumCases)) {
        sweep.cases.push_back(case_from_json(
            measured, element(fields.place_of("cases"), sweep.cases.size()), sweep.axes));
    }
    return sweep;
}

}  // namespace closet::bench
