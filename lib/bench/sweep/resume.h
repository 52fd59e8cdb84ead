#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/result.h"

namespace closet::bench {

/// What keeps samples of two sweeps from standing side by side, each as "revision: abc there, def
/// here": clip, garment, settings, what the time contains, build, machine. Host name, time, load
/// and seed may differ.
std::vector<std::string> find_differences(const Context& there, const Context& here);

/// Puts the finished cases of `earlier` in the place of the planned ones of `sweep` that have the
/// same settings, and answers how many. `where` names the earlier file. Throws ConfigError naming
/// the first difference where contexts or axes do not match.
std::size_t take_over(Sweep& sweep, Sweep earlier, const std::string& where);

}  // namespace closet::bench
