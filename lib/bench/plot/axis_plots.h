#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/plot/plot.h"
#include "bench/result/result.h"

namespace closet::bench {

/// Reads the metric of a case that a plot shows; nothing where it has none.
using MetricOf = std::optional<Estimate> (*)(const Case&);

/// `metric` against the values of a swept axis, with intervals. Cases that differ in nothing else
/// are joined by a line. Nothing where no two values have the metric. `width` px.
std::optional<XyPlot> plot_against(const Sweep& sweep, const std::string& axis, MetricOf metric,
                                   double width);

/// A value and its interval as a plot draws them; without bounds where the estimate has none.
AxisValue axis_value_of(const Estimate& estimate);

/// "batch=4: 12.3 ± 0.1": for a point's tooltip.
std::string tooltip_of(const Case& measured, const Estimate& estimate);

/// What plots call cases: their ids while all are short, else only the values, "4 · 0.5 · 0.04".
class ShortNames {
  public:
    /// For all cases of `sweep`, which may go afterwards.
    explicit ShortNames(const Sweep& sweep);

    /// The name of one of the sweep's cases.
    std::string of(const Case& measured) const;

    /// What a caption says of them, with a space in front; empty for ids.
    std::string legend() const;

  private:
    std::vector<std::string> axes_;
    bool use_ids_ = true;
};

/// From this ratio of the largest to the smallest on, values are put on a log axis.
inline constexpr double kLogRatio = 16;

}  // namespace closet::bench
