#include "bench/plot/pass_plots.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/compare/ranking.h"
#include "bench/plot/axis_plots.h"
#include "bench/quality/case_statistics.h"
#include "bench/stats/samples.h"
#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

constexpr std::size_t kMostCurves = 6;      ///< cases up to which each has a curve of its own
constexpr std::size_t kMostNumbers = 2000;  ///< of a case's latencies that plots look at
constexpr std::size_t kCurvePoints = 100;

double frames_of(const Case& measured) {
    double frames = 0;
    for (const Sample& sample : measured.samples) {
        frames += sample.counts() ? static_cast<double>(sample.work.frames_out) : 0;
    }
    return frames;
}

/// Adds seconds under a name, as ms a frame.
class StageBars {
  public:
    void begin_row(std::string name, double frames) {
        plot_.rows.push_back({std::move(name), {}});
        frames_ = frames;
    }
    void add(const std::string& segment, double seconds) {
        const auto known = std::find(plot_.segments.begin(), plot_.segments.end(), segment);
        const auto at = static_cast<std::size_t>(known - plot_.segments.begin());
        if (known == plot_.segments.end()) {
            plot_.segments.push_back(segment);
        }
        std::vector<double>& values = plot_.rows.back().values;
        values.resize(std::max(values.size(), at + 1));
        values[at] += 1000 * seconds / frames_;
    }
    void add_to(std::vector<SweepPlot>& plots, SweepPlot about, double width) {
        if (plot_.segments.empty()) {
            return;
        }
        plot_.x_label = "ms a frame";
        plot_.width = width;
        about.drawing = draw(plot_);
        plots.push_back(std::move(about));
    }

  private:
    BarPlot plot_;
    double frames_ = 1;
};

/// Sorted, and thinned to evenly spaced ones where there are very many.
std::vector<double> latencies_of(const Case& measured) {
    std::vector<double> all;
    for (const Sample& sample : measured.samples) {
        if (sample.counts()) {
            std::copy_if(sample.latency_ms.begin(), sample.latency_ms.end(),
                         std::back_inserter(all), [](float ms) { return std::isfinite(ms); });
        }
    }
    std::sort(all.begin(), all.end());
    if (all.size() <= kMostNumbers) {
        return all;
    }
    std::vector<double> thinned;
    for (std::size_t i = 0; i < kMostNumbers; ++i) {
        thinned.push_back(all[i * (all.size() - 1) / (kMostNumbers - 1)]);
    }
    return thinned;
}

Scale scale_for(double low, double high) {
    return low > 0 && high >= kLogRatio * low ? Scale::kLog : Scale::kLinear;
}

}  // namespace

std::vector<SweepPlot> stage_plots(const Sweep& sweep, double width) {
    const ShortNames names(sweep);
    std::vector<SweepPlot> plots;
    StageBars stages, parts;
    for (const Case& measured : sweep.cases) {
        const double frames = frames_of(measured);
        const std::vector<StageMetrics> sums = sum_stages(measured.samples);
        if (!(frames > 0) || sums.empty()) {
            continue;
        }
        stages.begin_row(names.of(measured), frames);
        parts.begin_row(names.of(measured), frames);
        for (const StageMetrics& stage : sums) {
            stages.add(stage.name, stage.busy_s);
            for (const PartTime& part : stage.parts) {
                // Time that frames wait is none that a stage spends.
                if (part.name != to_string(Part::kBatchWait)) {
                    parts.add(part.name, part.total_s);
                }
            }
        }
    }
    stages.add_to(plots,
                  {"stages",
                   "What stages spend on a frame",
                   "Own time of each stage. Stages run side by side, so the longest one binds the "
                   "speed." +
                       names.legend(),
                   {}},
                  width);
    parts.add_to(plots,
                 {"parts",
                  "What the steps within stages spend",
                  "The same time by what it was spent on, as far as it was timed." + names.legend(),
                  {}},
                 width);
    return plots;
}

std::vector<SweepPlot> latency_plots(const Sweep& sweep, double width) {
    const ShortNames names(sweep);
    std::vector<SweepPlot> plots;
    SpreadPlot spread{.x = {.label = "ms from source to sink"}, .rows = {}, .width = width};
    XyPlot curves{.x = {.label = "ms from source to sink"},
                  .y = {.label = "share of frames, %", .from_zero = true},
                  .series = {},
                  .width = width};
    double low = 0, high = 0;
    for (const Case& measured : sweep.cases) {
        const std::vector<double> ms = latencies_of(measured);
        if (ms.empty()) {
            continue;
        }
        low = spread.rows.empty() ? ms.front() : std::min(low, ms.front());
        high = std::max(high, ms.back());
        const Quartiles middle = quartiles(ms);
        spread.rows.push_back({.name = names.of(measured),
                               .min = ms.front(),
                               .p25 = middle.lower,
                               .p50 = middle.median,
                               .p75 = middle.upper,
                               .p95 = quantile(ms, 0.95),
                               .p99 = quantile(ms, 0.99),
                               .max = ms.back()});
        if (curves.series.size() > kMostCurves) {
            continue;
        }
        Series curve{.name = names.of(measured),
                     .style = static_cast<int>(curves.series.size()),
                     .line = Line::kSteps,
                     .has_markers = false,
                     .points = {}};
        const std::size_t step = std::max<std::size_t>(ms.size() / kCurvePoints, 1);
        for (std::size_t i = 0; i < ms.size(); i += step) {
            const double share = 100 * static_cast<double>(i + 1) / static_cast<double>(ms.size());
            curve.points.push_back(
                {.x = {ms[i], {}, {}}, .y = {share, {}, {}}, .label = "", .tooltip = ""});
        }
        curve.points.push_back(
            {.x = {ms.back(), {}, {}}, .y = {100, {}, {}}, .label = "", .tooltip = ""});
        curves.series.push_back(std::move(curve));
    }
    if (spread.rows.empty()) {
        return plots;
    }
    spread.x.scale = curves.x.scale = scale_for(low, high);
    plots.push_back({"latency", "Latency of frames",
                     "Thin line: all frames. Box: the middle half. Stroke: median. Diamond: 95 %, "
                     "bar: 99 % of frames take no longer." +
                         names.legend(),
                     draw(spread)});
    if (curves.series.size() <= kMostCurves) {
        plots.push_back({"latency-curve", "Latency, cumulative",
                         "How many of the frames took no longer." + names.legend(), draw(curves)});
    }
    return plots;
}

std::vector<SweepPlot> order_plots(const Sweep& sweep, double width) {
    const ShortNames names(sweep);
    std::vector<SweepPlot> plots;
    XyPlot plot{.x = {.label = "order in which passes were taken"},
                .y = {.label = "speed of a pass, % of the median of its case"},
                .series = {},
                .width = width};
    std::size_t points = 0;
    for (const Case& measured : sweep.cases) {
        std::vector<double> speeds = speeds_of(measured);
        std::erase_if(speeds, [](double speed) { return !std::isfinite(speed); });
        if (speeds.size() < 2) {
            continue;
        }
        const double middle = median(speeds);
        Series series{.name = names.of(measured),
                      .style = static_cast<int>(plot.series.size()),
                      .line = Line::kNone,
                      .points = {}};
        for (const Sample& sample : measured.samples) {
            if (!sample.counts() || !(sample.wall_s > 0)) {
                continue;
            }
            const double speed = static_cast<double>(sample.work.frames_out) / sample.wall_s;
            series.points.push_back(
                {.x = {static_cast<double>(sample.order), {}, {}},
                 .y = {100 * speed / middle, {}, {}},
                 .label = "",
                 .tooltip = fmt::format("{}, pass {}: {} frames a second", measured.id,
                                        sample.order, number_text(speed))});
        }
        points += series.points.size();
        plot.series.push_back(std::move(series));
    }
    if (points == 0) {
        return plots;
    }
    if (plot.series.size() > kMostCurves) {
        for (Series& series : plot.series) {
            series.name.clear();
            series.style = -1;
        }
    }
    plots.push_back({"order", "Passes in order",
                     "Every pass of every case, in the random order in which they were taken. A "
                     "slope would be drift: heat, or other load on the machine." +
                         (plot.series.front().name.empty() ? "" : names.legend()),
                     draw(plot)});
    return plots;
}

}  // namespace closet::bench
