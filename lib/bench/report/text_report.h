#pragma once

#include <string>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"

namespace closet::bench {

/// What a sweep found, for a terminal: the table, why cases have no figures, the verdict, what is
/// doubtful, and what the measured time contains. UTF-8; bytes that are not, and control
/// characters, are replaced. Ends with a line break.
std::string text_table(const Sweep& sweep, const Ranking& ranking);

/// Where a frame's time goes in one case: for each stage its own time, its waits, its share of
/// the wall time and its processor time, and below it the parts that were timed. Means over all
/// samples that count. Empty where no stages were recorded.
std::string stage_table(const Case& measured);

/// The table and the sentences of text_table() as GitHub Flavored Markdown. No text of the sweep
/// can become markup.
std::string markdown(const Sweep& sweep, const Ranking& ranking);

}  // namespace closet::bench
