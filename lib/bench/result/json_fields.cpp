#include "bench/result/json_fields.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {
namespace {

/// Longest text of a field and most texts in a list: far above what `closet bench` writes.
constexpr std::size_t kLongestText = std::size_t{1} << 16, kMostListed = 10000;
/// Whole numbers up to here survive every JSON reader.
constexpr std::uint64_t kLargestCount = std::uint64_t{1} << 53;
/// A result has 7 levels; deeper nesting is somebody's attack on the memory.
constexpr int kDeepest = 32;

std::string text_of(const nlohmann::json& json, const std::string& place) {
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr) {
        refuse(place, "not a text");
    }
    if (text->size() > kLongestText) {
        refuse(place, fmt::format("longer than {} bytes", kLongestText));
    }
    return *text;
}

}  // namespace

std::string excerpt(std::string_view text) {
    constexpr std::size_t kMost = 60;
    std::string shown(text.substr(0, kMost));
    std::replace_if(
        shown.begin(), shown.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
    if (text.size() > kMost) {
        shown += "...";
    }
    return shown;
}

void refuse(const std::string& place, std::string_view not_what) {
    std::string_view shown = place;
    if (shown.ends_with(": ")) {
        shown.remove_suffix(2);
    }
    throw Error(
        fmt::format("{} is {}; this is no result of closet bench, or a damaged one: "
                    "measure it anew",
                    shown, not_what));
}

nlohmann::json parse_json(std::string_view text, const std::string& where) {
    const auto limit_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > kDeepest) {
            refuse(where, "nested too deep");
        }
        return true;
    };
    try {
        return nlohmann::json::parse(text, limit_depth);
    } catch (const nlohmann::json::parse_error& error) {
        throw Error(
            fmt::format("{} is not JSON from byte {} on: give a file that closet bench "
                        "wrote",
                        where, error.byte));
    } catch (const nlohmann::json::exception&) {
        refuse(where, "JSON with a number that is too large");
    }
}

JsonFields::JsonFields(const nlohmann::json& json, std::string place)
    : json_(json), place_(std::move(place)) {
    if (!json_.is_object()) {
        refuse(place_, "not an object");
    }
}

std::string JsonFields::place_of(std::string_view name) const {
    // The file's own fields come after "sweep.json: ", deeper ones after a point.
    return fmt::format("{}{}{}", place_, place_.ends_with(": ") ? "" : ".", name);
}

const nlohmann::json* JsonFields::find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
}

const nlohmann::json& JsonFields::require(const char* name) const {
    const nlohmann::json* field = find(name);
    if (field == nullptr) {
        refuse(place_of(name), "absent");
    }
    return *field;
}

const nlohmann::json& JsonFields::array(const char* name, std::size_t most) const {
    static const nlohmann::json kEmpty = nlohmann::json::array();
    const nlohmann::json* field = find(name);
    if (field == nullptr) {
        return kEmpty;
    }
    if (!field->is_array()) {
        refuse(place_of(name), "not a list");
    }
    if (field->size() > most) {
        refuse(place_of(name), fmt::format("longer than {} elements", most));
    }
    return *field;
}

void JsonFields::read(const char* name, double& value, double null_value) const {
    if (const nlohmann::json* field = find(name)) {
        if (!field->is_number() && !field->is_null()) {
            refuse(place_of(name), "not a number");
        }
        value = field->is_null() ? null_value : field->get<double>();
    }
}

void JsonFields::read(const char* name, std::int64_t& value) const {
    if (const nlohmann::json* field = find(name)) {
        if (!field->is_number_unsigned() || field->get<std::uint64_t>() > kLargestCount) {
            refuse(place_of(name), "not a count");
        }
        value = field->get<std::int64_t>();
    }
}

void JsonFields::read(const char* name, int& value) const {
    std::int64_t wide = value;
    read(name, wide);
    if (wide > std::numeric_limits<int>::max()) {
        refuse(place_of(name), "too large");
    }
    value = static_cast<int>(wide);
}

void JsonFields::read(const char* name, std::uint64_t& value) const {
    if (const nlohmann::json* field = find(name)) {
        if (!field->is_number_unsigned()) {
            refuse(place_of(name), "not a whole number");
        }
        value = field->get<std::uint64_t>();
    }
}

void JsonFields::read(const char* name, bool& value) const {
    if (const nlohmann::json* field = find(name)) {
        if (!field->is_boolean()) {
            refuse(place_of(name), "neither true nor false");
        }
        value = field->get<bool>();
    }
}

void JsonFields::read(const char* name, std::string& value) const {
    if (const nlohmann::json* field = find(name)) {
        value = text_of(*field, place_of(name));
    }
}

void JsonFields::read(const char* name, std::vector<std::string>& values) const {
    if (find(name) != nullptr) {
        values.clear();
        for (const nlohmann::json& element : array(name, kMostListed)) {
            values.push_back(
                text_of(element, fmt::format("{}[{}]", place_of(name), values.size())));
        }
    }
}

}  // namespace closet::bench
