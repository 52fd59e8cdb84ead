#include "bench/result/result_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "bench/result/json_fields.h"
#include "bench/result/result_json.h"
#include "core/error.h"
#include "core/json_string.h"

namespace closet::bench {
namespace {

using Json = nlohmann::json;

/// Samples may be many more than cases.
constexpr std::size_t kMostLines = 1'000'000;

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
            sweep_ = sweep_from_json(line, where_);
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
        if (++samples_ > kMostLines) {
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

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    }
    std::string text;
    std::array<char, 1 << 16> buffer{};
    while (file && text.size() <= kMaximumFileBytes) {
        file.read(buffer.data(), buffer.size());
        text.append(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) {
        throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    }
    if (text.size() > kMaximumFileBytes) {
        throw Error(fmt::format("{} is larger than {} MB: this is no result of closet bench",
                                path.string(), kMaximumFileBytes >> 20U));
    }
    return text;
}

}  // namespace

std::string context_line(const Sweep& sweep) {
    OrderedJson line = typed("context");
    line.update(schema_fields());
    line["axes"] = sweep.axes;
    line["context"] = to_json(sweep.context);
    return json_string(line) + "\n";
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
    return json_string(line) + "\n";
}

std::string case_line(const Case& measured) {
    OrderedJson line = typed("case");
    line["case"] = to_json(measured);
    return json_string(line) + "\n";
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
        // The last line may be whole but for its line break, or be cut off.
        if (end != std::string_view::npos || Json::accept(line)) {
            reader.add(parse_json(line, place), number);
        }
    }
    return reader.take();
}

Sweep read_result(const std::filesystem::path& path) {
    const std::string text = read_text(path);
    const std::string where = path.string();
    if (is_json_lines(text)) {
        return parse_json_lines(text, where);
    }
    return sweep_from_json(parse_json(text, where), where);
}

}  // namespace closet::bench
