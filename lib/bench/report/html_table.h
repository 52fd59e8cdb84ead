#pragma once

#include <string>

#include "bench/compare/verdict.h"
#include "bench/result.h"

namespace closet::bench {

/// All columns, details too, as a <table> in a box that scrolls by itself.
std::string html_table(const Sweep& sweep, const SweepVerdict& verdict);

}  // namespace closet::bench
