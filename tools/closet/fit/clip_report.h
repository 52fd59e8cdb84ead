#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "closet/fit/inputs.h"
#include "closet/fit/render_clips.h"

namespace closet {

/// Tells what became of a clip when it has ended: all of it where it is alone, else in a line; an
/// event in JSON style.
void tell_clip(const ClipOutcome& outcome, const Job& job, bool is_alone);

/// Tells the failures of several clips and, in a line or an event, what became of all.
void tell_all(const std::vector<ClipOutcome>& outcomes, const std::vector<Job>& jobs,
              std::size_t slots, double wall_s);

/// The clip's object in --summary: the report where there is one, "status", "error", "look".
nlohmann::json to_json(const ClipOutcome& outcome, const Job& job);

}  // namespace closet
