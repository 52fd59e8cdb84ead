#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare/verdict.h"
#include "bench/result.h"

namespace closet::bench {

/// The swept axes in which cases differ, in the sweep's order.
std::vector<std::string> varying_axes(const Sweep& sweep);

/// What the case sets the axis to; nothing where it does not tell.
std::optional<std::string> setting_of(const Case& measured, std::string_view axis);

/// The number that a text is as a whole; nothing for any other text and for what is not finite.
std::optional<double> number_in(std::string_view text);

/// "narrow", "time", "budget", "interrupted" or "failed".
std::string_view stop_text(const Case& measured);

/// How the case stands: "best" (cannot be told from the fastest), "cheapest", "frontier",
/// "dominated", "undecided", "excluded".
std::vector<std::string> marks_of(const Case& measured, const SweepVerdict& verdict);

/// Null where the verdict does not know the case.
const CaseVerdict* verdict_on(const Case& measured, const SweepVerdict& verdict);

}  // namespace closet::bench
