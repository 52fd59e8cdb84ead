#pragma once

#include <string>
#include <vector>

#include "bench/compare/verdict.h"
#include "bench/result/result.h"

namespace closet::bench {

/// A sweep as one page that needs nothing else: no network, no script (its own policy forbids
/// both). Well-formed XML. Readable on a phone, in light and dark, and without seeing colours.
/// `reference_sentences` are those of judge_reference(); may be empty.
std::string html_page(const Sweep& sweep, const SweepVerdict& verdict,
                      const std::vector<std::string>& reference_sentences);

}  // namespace closet::bench
