#include "bench/sweep/json_lines.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "bench/sweep/cases.h"
#include "bench/sweep/json_fields.h"
#include "bench/sweep/result_json.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using Json = nlohmann::json;

/// A result has 7 levels; deeper nesting is somebody's attack on the memory.
constexpr int kDeepest = 32;
/// Samples may be many more than cases.
constexpr std::size_t kMostSamples = 1'000'000;

OrderedJson typed(const char* type) {
    return {{"type", type}};
}

/// Puts lines together to a sweep.
class LineReader {
  public:
    explicit LineReader(std::string where) : where_(std::move(where)) {}

    void add(const Json& line, std::size_t number) {
        const JsonFields fields(line, fmt::format("{}: line {}: ", where_, number));
        std::string type;
        fields.read("type", type);
        if (type == "context") {
            Json head = line;
            sweep_ = sweep_from_json(head, where_);
            by_id_.clear();
        } else if (type == "sample") {
            add_sample(fields);
        } else if (type == "case") {
            Case measured =
                case_from_json(fields.require("case"), fields.place_of("case"), sweep_.axes);
            Case& place_of_case = case_with(measured.id);
            place_of_case = std::move(measured);
        }
    }

    Sweep take() { return std::move(sweep_); }

  private:
    void add_sample(const JsonFields& fields) {
        // A case without its samples is read for id and settings.
        Json head = fields.json();
        head.erase("sample");
        Case read = case_from_json(head, fields.place(), sweep_.axes);
        Sample sample = sample_from_json(fields.require("sample"), fields.place_of("sample"));
        Case& measured = case_with(read.id);
        measured.settings = std::move(read.settings);
        measured.model_load_s = read.model_load_s;
        measured.samples.push_back(std::move(sample));
        if (++samples_ > kMostSamples) {
            refuse(fields.place(), "one sample too many");
        }
    }

    Case& case_with(const std::string& id) {
        const auto [at, is_new] = by_id_.emplace(id, sweep_.cases.size());
        if (is_new) {
            if (sweep_.cases.size() == kMaximumCases) {
                refuse(where_, fmt::format("a file of more than {} cases", kMaximumCases));
            }
            sweep_.cases.emplace_back();
            sweep_.cases.back().id = id;
            sweep_.cases.back().stopped = StopReason::kInterrupted;  // until its own line comes
        }
        return sweep_.cases[at->second];
    }

    std::string where_;
    Sweep sweep_;
    std::map<std::string, std::size_t> by_id_;
    std::size_t samples_ = 0;
};

}  // namespace

std::string context_line(const Sweep& sweep) {
    OrderedJson line = typed("context");
    line.update(schema_fields());
    line["axes"] = sweep.axes;
    line["context"] = to_json(sweep.context);
    return json_line(line) + "\n";
}

std::string sample_line(const Case& measured) {
    OrderedJson settings = OrderedJson::object();
    for (const auto& [name, value] : measured.settings) {
        settings[name] = value;
    }
    OrderedJson line = typed("sample");
    line["id"] = measured.id;
    line["settings"] = std::move(settings);
    line["model_load_s"] = measured.model_load_s;
    line["sample"] = to_json(measured.samples.back());
    return json_line(line) + "\n";
}

std::string case_line(const Case& measured) {
    OrderedJson line = typed("case");
    line["case"] = to_json(measured);
    return json_line(line) + "\n";
}

Json parse_json(std::string_view text, const std::string& where) {
    const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > kDeepest) {
            refuse(where, "nested too deep");
        }
        return true;
    };
    try {
        return Json::parse(text, limit_depth);
    } catch (const Json::parse_error& error) {
        throw Error(
            fmt::format("{} is not JSON from byte {} on: give a file that closet bench "
                        "wrote",
                        where, error.byte));
    } catch (const Json::exception&) {
        refuse(where, "JSON with a number that is too large");
    }
}

bool is_json_lines(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('\n'));
    if (!first.starts_with('{') || first.size() == 1) {
        return false;
    }
    try {
        const Json line = parse_json(first, "");
        return line.is_object() && line.value("type", Json()) == "context";
    } catch (const Error&) {
        return false;
    }
}

Sweep parse_json_lines(std::string_view text, const std::string& where) {
    LineReader reader(where);
    for (std::size_t begin = 0, number = 1; begin < text.size(); ++number) {
        const std::size_t end = text.find('\n', begin);
        const std::string_view line = text.substr(begin, end - begin);
        const std::string place = fmt::format("{}: line {}", where, number);
        begin = std::min(end, text.size() - 1) + 1;
        if (line.empty()) {
            continue;
        }
        if (end != std::string_view::npos) {
            reader.add(parse_json(line, place), number);
        } else if (Json::accept(line)) {
            reader.add(parse_json(line, place), number);  // whole, but for its line break
        }
    }
    return reader.take();
}

}  // namespace closet::bench
