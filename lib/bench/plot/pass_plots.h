#pragma once

#include <vector>

#include "bench/plot/sweep_plots.h"
#include "bench/result/result.h"

namespace closet::bench {

// What the passes of a sweep show, drawn `width` px wide. Empty where no pass has the data.

/// Time of stages and of the steps within them, ms a frame.
std::vector<SweepPlot> stage_plots(const Sweep& sweep, double width);

/// Latencies of frames, as rows and, while there are few cases, as curves.
std::vector<SweepPlot> latency_plots(const Sweep& sweep, double width);

/// Speeds in the order of the passes, each over the median of its case.
std::vector<SweepPlot> order_plots(const Sweep& sweep, double width);

}  // namespace closet::bench
