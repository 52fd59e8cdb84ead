#pragma once

#include <cstdint>
#include <string>

#include "bench/result.h"

namespace closet::bench {

/// Why the work of a pass cannot be right, as one sentence; empty where it can. `reference` is the
/// work of the case's first good pass (null for the first), `frames` the frames that passes of
/// other cases took in (0: not known yet).
std::string find_fault(const Sample& sample, const Work* reference, std::int64_t frames);

}  // namespace closet::bench
