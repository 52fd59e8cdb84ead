#include "bench/result/schema_check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <regex>
#include <stdexcept>
#include <string_view>

namespace closet::bench::test {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 18> kKnown{"$schema",
                                                  "$id",
                                                  "$defs",
                                                  "$ref",
                                                  "title",
                                                  "description",
                                                  "type",
                                                  "const",
                                                  "enum",
                                                  "pattern",
                                                  "required",
                                                  "properties",
                                                  "additionalProperties",
                                                  "items",
                                                  "minimum",
                                                  "maximum",
                                                  "exclusiveMinimum",
                                                  "exclusiveMaximum"};

bool has_type(const json& value, const std::string& type) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number()) || (type == "null" && value.is_null());
}

bool is_typed(const json& value, const json& types) {
    return types.is_string() ? has_type(value, types)
                             : std::any_of(types.begin(), types.end(),
                                           [&](const json& type) { return has_type(value, type); });
}

class Checker {
  public:
    explicit Checker(const json& root) : root_(root) {}

    std::string check(const json& rules, const json& value, const std::string& place) const {
        if (rules.is_boolean()) {
            return rules.get<bool>() ? "" : place + " is not allowed";
        }
        for (const auto& [keyword, rule] : rules.items()) {
            if (std::find(kKnown.begin(), kKnown.end(), keyword) == kKnown.end()) {
                throw std::runtime_error("unknown keyword " + keyword);
            }
        }
        if (rules.contains("$ref")) {
            const std::string target = rules["$ref"];
            return check(root_.at(json::json_pointer(target.substr(1))), value, place);
        }
        std::string fault = check_value(rules, value, place);
        if (fault.empty() && value.is_number()) {
            fault = check_range(rules, value, place);
        }
        if (fault.empty() && value.is_object()) {
            fault = check_object(rules, value, place);
        }
        for (std::size_t i = 0;
             fault.empty() && value.is_array() && rules.contains("items") && i < value.size();
             ++i) {
            fault = check(rules["items"], value[i], place + "/" + std::to_string(i));
        }
        return fault;
    }

  private:
    static std::string check_value(const json& rules, const json& value, const std::string& place) {
        if (rules.contains("type") && !is_typed(value, rules["type"])) {
            return place + " has the wrong type";
        }
        if (rules.contains("const") && value != rules["const"]) {
            return place + " has the wrong value";
        }
        if (rules.contains("enum") &&
            std::find(rules["enum"].begin(), rules["enum"].end(), value) == rules["enum"].end()) {
            return place + " is none of the values";
        }
        if (rules.contains("pattern") && value.is_string() &&
            !std::regex_search(value.get<std::string>(),
                               std::regex(rules["pattern"].get<std::string>()))) {
            return place + " does not match";
        }
        return {};
    }

    static std::string check_range(const json& rules, const json& value, const std::string& place) {
        const double number = value;
        const auto limit = [&](const char* name, double otherwise) {
            return rules.value(name, otherwise);
        };
        const bool inside = number >= limit("minimum", number) &&
                            number <= limit("maximum", number) &&
                            number > limit("exclusiveMinimum", number - 1) &&
                            number < limit("exclusiveMaximum", number + 1);
        return inside ? "" : place + " is out of range";
    }

    std::string check_object(const json& rules, const json& value, const std::string& place) const {
        for (const json& name : rules.value("required", json::array())) {
            if (!value.contains(name.get<std::string>())) {
                return place + "/" + name.get<std::string>() + " is absent";
            }
        }
        const json properties = rules.value("properties", json::object());
        for (const auto& [name, member] : value.items()) {
            const json rule = properties.contains(name)
                                  ? properties[name]
                                  : rules.value("additionalProperties", json(true));
            if (std::string fault = check(rule, member, place + "/" + name); !fault.empty()) {
                return fault;
            }
        }
        return {};
    }

    const json& root_;
};

}  // namespace

std::string schema_fault(const json& rules, const json& value) {
    return Checker(rules).check(rules, value, "");
}

}  // namespace closet::bench::test
