#pragma once

#include <exception>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/probe/worker.h"
#include "bench/result.h"

namespace closet::bench {

// The objects of Note [Worker protocol], for both sides. What is read comes from another process:
// Error where it is not what it should be.

nlohmann::json to_json(const ProbeOptions& options);
ProbeOptions probe_options_from_json(const nlohmann::json& json);

nlohmann::json to_json(const std::vector<Setting>& settings);
std::vector<Setting> settings_from_json(const nlohmann::json& json);

/// {"failure": ..., "kind": ...} of what was thrown.
nlohmann::json failure_of(const std::exception& error);
/// Throws what `failure_of` was made from, as the same kind of Error.
[[noreturn]] void throw_failure(const nlohmann::json& answer);

/// One line, without its end. Text that is no UTF-8 is mended.
std::string one_line(const nlohmann::json& json);

}  // namespace closet::bench
