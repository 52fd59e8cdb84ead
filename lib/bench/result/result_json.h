#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/result/result.h"

namespace closet::bench {

/// Value of "schema" in every result, next to "version": "1.0".
inline constexpr std::string_view kSchemaName = "closet.bench.result";

/// Version of what is written (docs/bench-result.schema.json). Major: readers of the old one fail;
/// minor: fields were added.
inline constexpr int kSchemaMajor = 1, kSchemaMinor = 1;

/// What is written keeps the order of its fields; what is read does not need one.
using OrderedJson = nlohmann::ordered_json;

/// The structs of result.h, field by field under the same names. What is optional is left out where
/// absent; numbers that are not finite become null; latencies are rounded to 1 us;
/// `Case::settings` becomes an object.
OrderedJson to_json(const Sample& sample);
OrderedJson to_json(const Case& measured);
OrderedJson to_json(const Context& context);
/// With "schema" and "version" in front: a whole result file.
OrderedJson to_json(const Sweep& sweep);
/// "schema" and "version" alone, for files that add other fields.
OrderedJson schema_fields();

/// A result file: as to_json, indented, but one line a case. Bytes that are not UTF-8 are replaced.
std::string json_text(const Sweep& sweep);

/// The way back. Fields that are not known are ignored; those that are absent keep their defaults,
/// but for what makes the thing what it is (a case's id, a sample's wall_s and work). null for a
/// number is not-a-number, for the bounds of an interval the infinity of their side. `where` begins
/// the sentence of the Error that is thrown for a value of the wrong type, out of range or too
/// long: "sweep.json".
Sample sample_from_json(const nlohmann::json& json, const std::string& where);
/// `axes` gives the settings their order.
Case case_from_json(const nlohmann::json& json, const std::string& where,
                    const std::vector<std::string>& axes = {});
/// Checks schema and version: an unknown major version is refused.
Sweep sweep_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace closet::bench
