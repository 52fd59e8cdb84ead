#pragma once

#include <limits>
#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"

namespace closet::test {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Something that was measured, made up: speeds that rise with the batch and fall with the scale,
/// errors that rise as the scale falls and the interval grows, stages, latencies, quality.
bench::Case made_case(const std::vector<bench::Setting>& settings, unsigned seed, int passes = 10);

/// Every combination of `values` of the axes; nothing but the default case without axes.
bench::Sweep made_product(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& axes);

/// One axis at a time around batch 1, scale 1, interval 0.04: 22 cases as in the reference sweep.
bench::Sweep made_reference_sweep();

/// As if the sweep had been measured with a second clip, too, of as many frames in half the time of
/// the first.
void add_clip(bench::Sweep& sweep, const std::string& path);

/// Makes a case fail.
void fail_case(bench::Case& measured, std::string sentence);

bench::Ranking judged(const bench::Sweep& sweep);

/// The whole page of a sweep.
std::string page_of(const bench::Sweep& sweep);

}  // namespace closet::test
