#pragma once

#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"

namespace closet::bench {

/// A sweep as one page that needs nothing else: no network, no script (its own policy forbids
/// both). Well-formed XML. Readable on a phone, in light and dark, and without seeing colors.
/// `published_sentences` are those of judge_published(); may be empty.
std::string html_page(const Sweep& sweep, const Ranking& ranking,
                      const std::vector<std::string>& published_sentences);

}  // namespace closet::bench
