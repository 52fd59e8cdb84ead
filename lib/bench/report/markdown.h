#pragma once

#include <string>

#include "bench/compare/verdict.h"
#include "bench/result.h"

namespace closet::bench {

/// The table and the sentences of text_table() as GitHub Flavored Markdown. No text of the sweep
/// can become markup.
std::string markdown(const Sweep& sweep, const SweepVerdict& verdict);

}  // namespace closet::bench
