#include "bench/result/result_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "bench/result/json_fields.h"
#include "core/error.h"
#include "core/json_string.h"

namespace closet::bench {
namespace {

using Texts = std::map<std::string, std::string>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// More than any sweep has, less than what would exhaust memory.
constexpr std::size_t kMostSamples = 100'000, kMostFrames = 10'000'000, kMostStages = 100,
                      kMostParts = 100, kMostTexts = 10'000;

// Note [Fields of results]
// Every field of a result stands once, in `describe` of its struct, in the order of the file.
// `Fields` is a Writer, which makes JSON of the struct, or a Reader, which fills it. To add a
// field, add a line there, and tell of it in docs/bench-result.schema.json.

/// A struct as `Fields` needs it: constant for a writer.
template <class Fields, class Struct>
using Of = std::conditional_t<Fields::kWrites, const Struct, Struct>;

template <class Fields>
void describe(Fields& fields, Of<Fields, Estimate>& estimate) {
    fields.required("value", estimate.value);
    fields.bound("low", estimate.low, -kInfinity);
    fields.bound("high", estimate.high, kInfinity);
    fields.field("level", estimate.level);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Latency>& latency) {
    fields.field("min", latency.min);
    fields.field("mean", latency.mean);
    fields.field("p50", latency.p50);
    fields.field("p95", latency.p95);
    fields.field("p99", latency.p99);
    fields.field("max", latency.max);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, GpuUse>& gpu) {
    fields.field("device_time_s", gpu.device_time_s);
    fields.field("utilisation_percent", gpu.utilisation_percent);
    fields.field("power_w", gpu.power_w);
    fields.field("temperature_c", gpu.temperature_c);
    fields.field("clock_mhz", gpu.clock_mhz);
    fields.field("peak_memory_bytes", gpu.peak_memory_bytes);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Work>& work) {
    fields.required("frames_in", work.frames_in);
    fields.required("frames_out", work.frames_out);
    fields.field("key_frames", work.key_frames);
    fields.field("poses", work.poses);
    fields.field("poses_digest", work.poses_digest);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, PartTime>& part) {
    fields.required("name", part.name);
    fields.field("total_s", part.total_s);
    fields.field("calls", part.calls);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, StageMetrics>& stage) {
    fields.required("name", stage.name);
    fields.field("busy_s", stage.busy_s);
    fields.field("cpu_s", stage.cpu_s);
    fields.field("wait_input_s", stage.wait_input_s);
    fields.field("wait_output_s", stage.wait_output_s);
    fields.field("items_in", stage.items_in);
    fields.field("items_out", stage.items_out);
    fields.field("peak_queue", stage.peak_queue);
    fields.field("first_item_s", stage.first_item_s);
    fields.list("parts", stage.parts, kMostParts);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, FrameErrors>& errors) {
    fields.field("error", errors.error);
    fields.field("joints", errors.joints);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Quality>& quality) {
    fields.required("keypoint_error", quality.keypoint_error);
    fields.required("pck", quality.pck);
    fields.required("jitter", quality.jitter);
    fields.required("reference_jitter", quality.reference_jitter);
    fields.required("missing", quality.missing);
    fields.field("ssim", quality.ssim);
    fields.field("psnr_db", quality.psnr_db);
    fields.field("lpips", quality.lpips);
    fields.field("oks", quality.oks);
    fields.list("frame_errors", quality.frame_errors, kMaximumClips);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Sample>& sample) {
    fields.field("order", sample.order);
    fields.field("process", sample.process);
    fields.field("warm_up", sample.warm_up);
    fields.field("failure", sample.failure);
    fields.required("wall_s", sample.wall_s);
    fields.field("cpu_s", sample.cpu_s);
    fields.field("peak_memory_bytes", sample.peak_memory_bytes);
    fields.field("first_batch_s", sample.first_batch_s);
    fields.required("work", sample.work);
    fields.field("latency_ms", sample.latency_ms);
    if (!Fields::kWrites || !sample.clip_wall_s.empty()) {
        fields.field("clip_wall_s", sample.clip_wall_s);
    }
    fields.list("stages", sample.stages, kMostStages);
    fields.field("gpu", sample.gpu);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Case>& measured) {
    fields.required("id", measured.id);
    fields.field("settings", measured.settings);
    fields.field("stopped", measured.stopped);
    fields.field("failure", measured.failure);
    fields.field("model_load_s", measured.model_load_s);
    fields.field("frames_per_s", measured.frames_per_s);
    fields.field("inferences_per_s", measured.inferences_per_s);
    fields.field("latency", measured.latency);
    fields.field("latency_p95_ms", measured.latency_p95_ms);
    fields.field("peak_memory_bytes", measured.peak_memory_bytes);
    fields.field("cpu_s_per_frame", measured.cpu_s_per_frame);
    fields.field("bottleneck", measured.bottleneck);
    fields.field("quality", measured.quality);
    fields.list("samples", measured.samples, kMostSamples);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, ClipFacts>& clip) {
    fields.field("clip", clip.path);
    fields.field("clip_sha256", clip.sha256);
    fields.field("width", clip.width);
    fields.field("height", clip.height);
    fields.field("frames_per_s", clip.frames_per_s);
    fields.field("frames", clip.frames);
}

/// The fields of one clip stand in the context itself, as before there were several.
template <class Fields>
void describe_clips(Fields& fields, Of<Fields, std::vector<ClipFacts>>& clips) {
    if constexpr (Fields::kWrites) {
        if (clips.size() > 1) {
            fields.list("clips", clips, kMaximumClips);
        } else {
            const ClipFacts only = clips.empty() ? ClipFacts() : clips.front();
            describe(fields, only);
        }
    } else {
        fields.list("clips", clips, kMaximumClips);
        ClipFacts only;
        describe(fields, only);
        if (clips.empty() && only != ClipFacts()) {
            clips.push_back(std::move(only));
        }
    }
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Context>& context) {
    fields.field("time_utc", context.time_utc);
    fields.field("host", context.host);
    fields.field("system", context.system);
    fields.field("cpu", context.cpu);
    fields.field("cpu_path", context.cpu_path);
    fields.field("cores", context.cores);
    fields.field("memory_bytes", context.memory_bytes);
    fields.field("governor", context.governor);
    fields.field("gpu", context.gpu);
    fields.field("closet_version", context.closet_version);
    fields.field("revision", context.revision);
    fields.field("build_type", context.build_type);
    fields.field("compiler", context.compiler);
    fields.field("libraries", context.libraries);
    fields.field("arguments", context.arguments);
    describe_clips(fields, context.clips);
    fields.field("garment_sha256", context.garment_sha256);
    fields.field("settings", context.settings);
    fields.field("contains", context.contains);
    fields.field("seed", context.seed);
    fields.field("warnings", context.warnings);
}

template <class Fields>
void describe(Fields& fields, Of<Fields, Sweep>& sweep) {
    fields.field("axes", sweep.axes);
    fields.required("context", sweep.context);
    fields.list("cases", sweep.cases, kMaximumCases);
}

/// Makes JSON of a struct.
class Writer {
  public:
    static constexpr bool kWrites = true;

    explicit Writer(OrderedJson json = OrderedJson::object()) : json_(std::move(json)) {}

    template <class Value>
    void field(const char* name, const Value& value) {
        json_[name] = json_of(value);
    }
    template <class Value>
    void field(const char* name, const std::optional<Value>& value) {
        if (value) {
            field(name, *value);
        }
    }
    template <class Value>
    void required(const char* name, const Value& value) {
        field(name, value);
    }
    void bound(const char* name, double value, double /*unknown*/) { field(name, value); }
    template <class Struct>
    void list(const char* name, const std::vector<Struct>& elements, std::size_t /*most*/) {
        OrderedJson array = OrderedJson::array();
        for (const Struct& element : elements) {
            array.push_back(json_of(element));
        }
        json_[name] = std::move(array);
    }

    OrderedJson take() { return std::move(json_); }

    template <class Value>
    static OrderedJson json_of(const Value& value) {
        if constexpr (std::is_same_v<Value, double>) {
            // JSON has no infinities and no NaN.
            return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
        } else if constexpr (std::is_same_v<Value, std::vector<float>>) {
            OrderedJson list = OrderedJson::array();
            for (const float latency : value) {
                list.push_back(json_of(std::round(static_cast<double>(latency) * 1000) / 1000));
            }
            return list;
        } else if constexpr (std::is_same_v<Value, StopReason>) {
            return to_text(value);
        } else if constexpr (std::is_same_v<Value, Texts> ||
                             std::is_same_v<Value, std::vector<Setting>>) {
            OrderedJson object = OrderedJson::object();
            for (const auto& [name, text] : value) {
                object[name] = text;
            }
            return object;
        } else if constexpr (std::is_constructible_v<OrderedJson, const Value&>) {
            return value;  // numbers, texts and lists of texts
        } else {
            Writer writer;
            describe(writer, value);
            return writer.take();
        }
    }

  private:
    OrderedJson json_;
};

std::string element(const std::string& place, std::size_t index) {
    return fmt::format("{}[{}]", place, index);
}

// What a struct must keep beyond the types of its fields.
void check(const JsonFields& /*fields*/, const auto& /*any*/) {}

void check(const JsonFields& fields, const Estimate& estimate) {
    if (!(estimate.level > 0 && estimate.level < 1)) {
        refuse(fields.place_of("level"), "not a share between 0 and 1");
    }
    if (estimate.low > estimate.value || estimate.high < estimate.value) {
        refuse(fields.place(), "an interval that does not hold its value");
    }
}

void check(const JsonFields& fields, const Sample& sample) {
    if (sample.counts() && !(std::isfinite(sample.wall_s) && sample.wall_s > 0)) {
        refuse(fields.place_of("wall_s"), "not a time above 0");
    }
}

void check(const JsonFields& fields, const FrameErrors& errors) {
    constexpr double kMost = 1e9;
    const auto is_good = [](double value) { return value >= 0 && value <= kMost; };
    if (errors.error.size() != errors.joints.size() ||
        !std::all_of(errors.error.begin(), errors.error.end(), is_good) ||
        !std::all_of(errors.joints.begin(), errors.joints.end(), is_good)) {
        refuse(fields.place(), "an error and a number of joints, 0 or more, for each frame");
    }
}

/// Fills a struct from JSON.
class Reader {
  public:
    static constexpr bool kWrites = false;

    /// The struct at `place`.
    template <class Struct>
    static Struct read(const nlohmann::json& json, const std::string& place) {
        const JsonFields fields(json, place);
        Reader reader(fields);
        Struct result;
        describe(reader, result);
        check(fields, result);
        return result;
    }

    template <class Value>
    void field(const char* name, Value& value) {
        if constexpr (requires { fields_.read(name, value); }) {
            fields_.read(name, value);
        } else if (const nlohmann::json* json = fields_.find(name)) {
            value = read<Value>(*json, fields_.place_of(name));
        }
    }
    template <class Struct>
    void field(const char* name, std::optional<Struct>& value) {
        if (fields_.find(name) != nullptr) {
            field(name, value.emplace());
        }
    }
    template <std::floating_point Number>
    void field(const char* name, std::vector<Number>& numbers) {
        for (const nlohmann::json& value : fields_.array(name, kMostFrames)) {
            if (!value.is_number() && !value.is_null()) {
                refuse(element(fields_.place_of(name), numbers.size()), "not a number");
            }
            numbers.push_back(value.is_null() ? std::numeric_limits<Number>::quiet_NaN()
                                              : static_cast<Number>(value.get<double>()));
        }
    }
    void field(const char* name, Texts& texts) {
        if (const nlohmann::json* object = fields_.find(name)) {
            const JsonFields of(*object, fields_.place_of(name));
            if (object->size() > kMostTexts) {
                refuse(of.place(), fmt::format("longer than {} elements", kMostTexts));
            }
            for (const auto& [key, value] : object->items()) {
                of.read(key.c_str(), texts[key]);
            }
        }
    }
    void field(const char* name, std::vector<Setting>& settings) {
        Texts texts;
        field(name, texts);
        settings.assign(texts.begin(), texts.end());
    }
    void field(const char* name, StopReason& stopped) {
        std::string text = to_text(stopped);
        fields_.read(name, text);
        for (const StopReason reason : {StopReason::kNarrow, StopReason::kTime, StopReason::kBudget,
                                        StopReason::kInterrupted, StopReason::kFailed}) {
            if (text == to_text(reason)) {
                stopped = reason;
                return;
            }
        }
        refuse(fields_.place_of(name), fmt::format("'{}', not a known reason", excerpt(text)));
    }
    template <class Value>
    void required(const char* name, Value& value) {
        fields_.require(name);
        field(name, value);
    }
    /// Of an interval: absent, like null, is not known.
    void bound(const char* name, double& value, double unknown) {
        value = unknown;
        fields_.read(name, value, unknown);
    }
    template <class Struct>
    void list(const char* name, std::vector<Struct>& elements, std::size_t most) {
        for (const nlohmann::json& json : fields_.array(name, most)) {
            elements.push_back(
                read<Struct>(json, element(fields_.place_of(name), elements.size())));
        }
    }

  private:
    explicit Reader(const JsonFields& fields) : fields_(fields) {}

    const JsonFields& fields_;
};

/// Puts the settings of `axes` first, in their order; the others follow by name.
void put_in_order(std::vector<Setting>& settings, const std::vector<std::string>& axes) {
    Texts texts(settings.begin(), settings.end());
    settings.clear();
    for (const std::string& axis : axes) {
        if (auto node = texts.extract(axis)) {
            settings.emplace_back(node.key(), std::move(node.mapped()));
        }
    }
    settings.insert(settings.end(), texts.begin(), texts.end());
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

OrderedJson to_json(const Sample& sample) {
    return Writer::json_of(sample);
}

OrderedJson to_json(const Case& measured) {
    return Writer::json_of(measured);
}

OrderedJson to_json(const Context& context) {
    return Writer::json_of(context);
}

OrderedJson to_json(const Sweep& sweep) {
    Writer writer(schema_fields());
    describe(writer, sweep);
    return writer.take();
}

OrderedJson schema_fields() {
    return {{"schema", kSchemaName}, {"version", fmt::format("{}.{}", kSchemaMajor, kSchemaMinor)}};
}

std::string json_text(const Sweep& sweep) {
    const Sweep head{sweep.context, {}, sweep.axes};
    OrderedJson json = to_json(head);
    json.erase("cases");
    std::string text = json_string(json, 1);
    text.resize(text.size() - 2);  // the line break and the brace, which come after the cases
    text += ",\n \"cases\": [";
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        text += i == 0 ? "\n  " : ",\n  ";
        text += json_string(to_json(sweep.cases[i]));
    }
    text += "\n ]\n}\n";
    return text;
}

Sample sample_from_json(const nlohmann::json& json, const std::string& where) {
    return Reader::read<Sample>(json, where);
}

Case case_from_json(const nlohmann::json& json, const std::string& where,
                    const std::vector<std::string>& axes) {
    Case measured = Reader::read<Case>(json, where);
    put_in_order(measured.settings, axes);
    return measured;
}

Sweep sweep_from_json(const nlohmann::json& json, const std::string& where) {
    const std::string place = where + ": ";
    check_version(JsonFields(json, place), where);
    Sweep sweep = Reader::read<Sweep>(json, place);
    for (Case& measured : sweep.cases) {
        put_in_order(measured.settings, sweep.axes);
    }
    return sweep;
}

}  // namespace closet::bench
