#pragma once

#include <string>

#include "bench/result.h"

namespace closet::bench {

/// All columns as RFC 4180: a header line, a line for each case, lines end with CR LF. Numbers are
/// unrounded; a figure with an interval is followed by its bounds as <name>.low and <name>.high;
/// what is not known or not finite is empty. Texts that a spreadsheet would take for a formula are
/// begun with an apostrophe (OWASP, "CSV Injection").
std::string csv(const Sweep& sweep);

}  // namespace closet::bench
