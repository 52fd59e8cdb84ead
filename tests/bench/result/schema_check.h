#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace closet::bench::test {

/// Why `json` breaks the JSON Schema `rules`, with the place; empty where it keeps it. Knows what
/// docs/bench-result.schema.json uses: type, const, enum, pattern, required, properties,
/// additionalProperties, items, minimum, maximum, exclusiveMinimum, exclusiveMaximum and $ref to
/// #/$defs. Throws for a keyword that it does not know, so that the schema cannot outgrow it.
std::string schema_fault(const nlohmann::json& rules, const nlohmann::json& json);

}  // namespace closet::bench::test
