#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/plot/plot.h"
#include "bench/result/result.h"

namespace closet::bench {

/// A plot of a sweep.
struct SweepPlot {
    std::string name;  ///< of its file, without extension: "frames_per_s-batch"; unique
    std::string title;
    std::string caption;  ///< how to read it; one or two sentences
    Drawing drawing;
};

/// Every plot that the sweep has data for, drawn `width` px wide: throughput and keypoint error
/// against each axis, the frontier of both, stage shares, latencies, samples in the order in which
/// they were taken.
std::vector<SweepPlot> sweep_plots(const Sweep& sweep, const Ranking& ranking, double width);

/// Writes the plots as <name>.svg into `folder`, which is made where it does not exist. They have
/// their own styles and a white ground. Answers their paths. Throws Error where one cannot be
/// written.
std::vector<std::filesystem::path> write_plots(const std::filesystem::path& folder,
                                               const Sweep& sweep, const Ranking& ranking);

}  // namespace closet::bench
