#pragma once

#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"

namespace closet::bench {

/// A sentence for each thing that makes the sweep's figures doubtful: the context's warnings, then
/// what the samples show (stats/noise.h): drift, slow first passes, outliers, samples that failed.
/// Cases that show the same share a sentence.
std::vector<std::string> doubts_of(const Sweep& sweep);

/// Name and value of what describes the run: clip, machine, build. What is not known is left out.
std::vector<std::pair<std::string, std::string>> facts_of(const Context& context);

}  // namespace closet::bench
