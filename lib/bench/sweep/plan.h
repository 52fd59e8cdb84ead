#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/result/result.h"
#include "bench/sweep/axis.h"
#include "bench/sweep/runner.h"

namespace closet::bench {

/// How values of several axes are put together.
enum class Layout {
    kOneAtATime,  ///< the base settings, and each value of each axis with the others at the base
    kProduct      ///< every combination
};

/// The cases of a sweep, not yet run, ordered so that networks are reloaded least.
///
/// `base` holds the settings around which axes are swept, by name; only those that are axes count.
/// Every case carries a setting for every axis, in the order of `axes`, so that it can be placed on
/// each of them (an axis that `base` does not tell is left out where a case does not set it). With
/// kOneAtATime a value that equals the base's is the default case and appears once; ids name what
/// differs from the base ("batch=4"). With kProduct ids name every axis ("batch=4,scale=0.5").
/// Numbers in ids are written their shortest way, so that ids of two sweeps match.
///
/// Throws ConfigError: an axis given twice, too many cases, an axis that another one overrides in
/// all cases.
std::vector<Case> plan_cases(const std::vector<Axis>& axes, Layout layout,
                             const std::map<std::string, std::string>& base = {});

/// What was given of one setting, by its long option name without dashes: its values as texts.
using GivenSetting = std::pair<std::string, std::vector<std::string>>;

/// What a command line comes to.
struct SweepPlan {
    std::vector<Axis> axes;
    std::vector<Setting> base;  ///< given and not swept
    std::vector<Case> cases;    ///< of plan_cases, not yet run
};

/// Axes with several values are swept, all else that was given is the base of every case.
/// `defaults` are all settings with nothing given. Throws ConfigError as parse_axis and plan_cases.
SweepPlan plan_sweep(const std::vector<GivenSetting>& given,
                     const std::map<std::string, std::string>& defaults, Layout layout);

/// The settings of a case after those of the base, which it overrides.
std::vector<Setting> settings_of(const SweepPlan& plan, const Case& planned);

/// Puts the finished cases of `earlier` in the place of the planned ones of `sweep` that have the
/// same settings, and answers how many. `where` names the earlier file. Throws ConfigError naming
/// the first difference where contexts (find_differences) or axes do not match.
std::size_t take_over(Sweep& sweep, Sweep earlier, const std::string& where);

/// How long a sweep will take, seconds, model loads left out.
struct TimeEstimate {
    double least_s = 0;  ///< every case is narrow as soon as it may be
    double most_s = 0;   ///< every case goes on to its limit
};

/// `pass_s` is the time of one pass of a typical case.
TimeEstimate estimate_time(std::size_t cases, double pass_s, const SweepOptions& options);

/// "between 4 min and 1 h 20 min" and the like.
std::string to_text(const TimeEstimate& estimate);

}  // namespace closet::bench
