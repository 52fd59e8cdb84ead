#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "fit/fit.h"

namespace closet {

/// Frames a second; 0 where no time passed.
double frame_rate(std::int64_t frames, double seconds);

/// The beginning of a clip's object in --summary: schema, version, input, output.
nlohmann::json summary_of(const std::string& input, const std::filesystem::path& output);

/// The report as JSON: the fields of FitReport by name, rates derived from them, the input, and
/// sentences about what of it is not in the output.
nlohmann::json to_json(const FitReport& report, const std::string& input,
                       const std::vector<std::string>& lost = {});

/// Two or three lines for a person: what was written, how fast, how the poses came about, what
/// binds.
/// "found with similarity up to 0.71, where 0.45 is needed (12 of 14 looks at heads saw a face)".
std::string to_text(const FaceReport& face);

std::string to_text(const FitReport& report, const std::string& input);

}  // namespace closet
