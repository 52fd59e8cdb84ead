#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bench/result.h"
#include "bench/sweep/axis.h"

namespace closet::bench {

/// Most cases that a sweep may have.
inline constexpr std::size_t kMaximumCases = 10000;

/// How values of several axes are put together.
enum class Layout {
    kOneAtATime,  ///< the base settings, and each value of each axis with the others at the base
    kProduct      ///< every combination
};

/// The id of the case that has nothing but the base settings.
inline constexpr const char* kDefaultCase = "default";

/// The cases of a sweep, not yet run, ordered so that networks are reloaded least.
///
/// `base` holds the settings around which axes are swept, by name; only those that are axes count.
/// Every case carries a setting for every axis, in the order of `axes`, so that it can be placed on
/// each of them (an axis that `base` does not tell is left out where a case does not set it). With
/// kOneAtATime a value that equals the base's is the default case and appears once; ids name what
/// differs from the base ("batch=4"). With kProduct ids name every axis ("batch=4,scale=0.5").
/// Numbers in ids are written their shortest way, so that ids of two sweeps match.
///
/// Throws ConfigError: an axis given twice, too many cases, --every together with --interval where
/// one would hide the other.
std::vector<Case> plan_cases(const std::vector<Axis>& axes, Layout layout,
                             const std::map<std::string, std::string>& base = {});

/// True for a case that needs no further passes: measured to an end of its own, or taken over from
/// an earlier sweep. Cases that failed, ran out of budget or were interrupted are not.
bool is_finished(const Case& measured);

}  // namespace closet::bench
