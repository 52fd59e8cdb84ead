#pragma once

#include <vector>

#include "bench/plot/sweep_plots.h"
#include "bench/result/result.h"

namespace closet::bench {

/// What the passes of a sweep show: time of stages and of the steps within them; latencies of
/// frames, as rows and, while there are few cases, as curves; speeds in the order of the passes.
/// Empty where no pass has the data.
std::vector<SweepPlot> stage_plots(const Sweep& sweep, double width);
std::vector<SweepPlot> latency_plots(const Sweep& sweep, double width);
std::vector<SweepPlot> order_plots(const Sweep& sweep, double width);

}  // namespace closet::bench
