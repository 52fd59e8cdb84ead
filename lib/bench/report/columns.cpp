#include "bench/report/columns.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/compare/clip_errors.h"
#include "bench/result/metric.h"
#include "bench/stats/bootstrap.h"
#include "bench/sweep/axis.h"
#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

constexpr double kPercent = 100;

Estimate scaled(const Estimate& estimate, double scale) {
    return {estimate.value * scale, estimate.low * scale, estimate.high * scale, estimate.level};
}

/// Fills the cells of a column, `scale` taking figures to the heading's unit; nothing where no case
/// has the figure.
std::optional<Column> figure_column(Column column, double scale, const std::vector<Case>& cases,
                                    auto&& figure_of) {
    column.is_number = true;
    column.cells.resize(cases.size());
    double largest = 0;
    bool found = false;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (!cases[i].frames_per_s) {
            continue;  // what is left of a failed case (a load time, say) is no figure of it
        }
        std::optional<Estimate> value = figure_of(cases[i]);
        if (value && std::isfinite(value->value)) {
            found = true;
            largest = std::max(largest, std::abs(value->value * scale));
            column.has_interval = column.has_interval || has_interval(*value);
            column.cells[i].number = value;
        }
    }
    if (!found) {
        return std::nullopt;
    }
    const int decimals = decimals_for(largest);
    for (Cell& cell : column.cells) {
        if (cell.number) {
            cell.text = estimate_text(scaled(*cell.number, scale), decimals);
        }
    }
    return column;
}

std::optional<Column> metric_column(const Metric& metric, const std::vector<Case>& cases) {
    return figure_column({.name = std::string(metric.name),
                          .heading = std::string(metric.column.heading),
                          .description = std::string(metric.description),
                          .is_detail = metric.column.is_detail},
                         metric.column.scale, cases, metric.of);
}

/// The level that the sweep's intervals have.
double level_of(const Case& measured) {
    return measured.frames_per_s ? measured.frames_per_s->level : Estimate().level;
}

std::optional<Estimate> speed_on(const Case& measured, const Context& context, std::size_t clip) {
    const std::vector<double> speeds = speeds_by_clip(measured, context).at(clip);
    if (speeds.empty()) {
        return std::nullopt;
    }
    return bootstrap_median(speeds, {.level = level_of(measured), .seed = context.seed});
}

std::optional<Estimate> error_on(const Case& measured, const Context& context, std::size_t clip) {
    const std::vector<Estimate> errors =
        error_by_clip(measured, context.clips, level_of(measured), context.seed);
    return clip < errors.size() ? std::optional(errors[clip]) : std::nullopt;
}

Column text_column(std::string name, std::string heading, std::string description,
                   const std::vector<Case>& cases, auto&& text_of) {
    Column column{.name = std::move(name),
                  .heading = std::move(heading),
                  .description = std::move(description),
                  .cells = std::vector<Cell>(cases.size())};
    for (std::size_t i = 0; i < cases.size(); ++i) {
        column.cells[i].text = text_of(i);
    }
    return column;
}

Column count_column(std::string name, std::string heading, std::string description,
                    const std::vector<Case>& cases, auto&& count_of) {
    Column column{.name = std::move(name),
                  .heading = std::move(heading),
                  .description = std::move(description),
                  .is_number = true,
                  .cells = std::vector<Cell>(cases.size())};
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto count = static_cast<double>(count_of(cases[i]));
        column.cells[i] = {fmt::format("{:.0f}", count), Estimate{count, count, count}};
    }
    return column;
}

bool has_text(const Column& column) {
    return std::any_of(column.cells.begin(), column.cells.end(),
                       [](const Cell& cell) { return !cell.text.empty(); });
}

void add_settings(std::vector<Column>& columns, const Sweep& sweep) {
    for (const std::string& axis : varying_axes(sweep)) {
        const AxisInfo* info = find_axis(axis);
        columns.push_back(text_column(
            axis, axis, info == nullptr ? "" : std::string(info->description), sweep.cases,
            [&](std::size_t i) { return setting_of(sweep.cases[i], axis).value_or(""); }));
        // Numbers stand flush right, but stay the texts that the command line takes.
        Column& column = columns.back();
        column.is_setting = true;
        column.is_number = std::all_of(
            column.cells.begin(), column.cells.end(),
            [](const Cell& cell) { return cell.text.empty() || number_in(cell.text).has_value(); });
    }
}

void add_marks(std::vector<Column>& columns, const Sweep& sweep, const Ranking& ranking) {
    Column marks =
        text_column("verdict", "verdict", "how the case stands", sweep.cases, [&](std::size_t i) {
            return fmt::format("{}", fmt::join(marks_of(sweep.cases[i], ranking), ", "));
        });
    if (has_text(marks)) {
        columns.push_back(std::move(marks));
    }
}

}  // namespace

std::vector<std::string> marks_of(const Case& measured, const Ranking& ranking) {
    std::vector<std::string> marks;
    const CaseStanding* entry = ranking.find(measured.id);
    if (entry == nullptr) {
        return marks;
    }
    if (!entry->excluded.empty()) {
        if (measured.frames_per_s) {
            marks.push_back("excluded: " + entry->excluded);
        }
        return marks;
    }
    if (entry->may_be_best) {
        marks.emplace_back("best");
    }
    if (!ranking.cheapest.empty() && ranking.cheapest == measured.id) {
        marks.emplace_back("cheapest");
    }
    if (entry->has_pareto) {
        marks.emplace_back(entry->pareto == ParetoMark::kFrontier    ? "frontier"
                           : entry->pareto == ParetoMark::kDominated ? "dominated"
                                                                     : "undecided");
    }
    return marks;
}

std::string failure_of(const Case& measured) {
    if (measured.frames_per_s) {
        return {};
    }
    return measured.failure.empty() ? "no figures" : "failed: " + measured.failure;
}

std::vector<Column> columns_of(const Sweep& sweep, const Ranking* ranking) {
    const std::vector<Case>& cases = sweep.cases;
    std::vector<Column> columns{text_column("case", "case", "swept settings", cases,
                                            [&](std::size_t i) { return cases[i].id; })};
    add_settings(columns, sweep);
    if (ranking != nullptr) {
        add_marks(columns, sweep, *ranking);
    }
    for (const Metric& metric : all_metrics()) {
        if (metric.column.heading.empty()) {
            continue;
        }
        if (std::optional<Column> column = metric_column(metric, cases)) {
            columns.push_back(std::move(*column));
        }
    }
    columns.push_back(
        count_column("samples", "samples", "passes that count", cases, [](const Case& c) {
            return std::count_if(c.samples.begin(), c.samples.end(),
                                 [](const Sample& s) { return s.counts(); });
        }));
    columns.back().is_detail = true;
    Column failed = count_column(
        "failed_samples", "failed", "passes that do not count", cases, [](const Case& c) {
            return std::count_if(c.samples.begin(), c.samples.end(),
                                 [](const Sample& s) { return !s.failure.empty(); });
        });
    if (std::any_of(failed.cells.begin(), failed.cells.end(),
                    [](const Cell& cell) { return cell.number->value > 0; })) {
        columns.push_back(std::move(failed));
    }
    columns.push_back(
        text_column("stopped", "stopped by", "why no more passes were taken", cases,
                    [&](std::size_t i) { return std::string(to_text(cases[i].stopped)); }));
    Column bound = text_column("bottleneck", "bound by", "what kept it from being faster", cases,
                               [&](std::size_t i) { return cases[i].bottleneck; });
    bound.is_detail = true;
    Column failures = text_column("failure", "failure", "why the case has no figures", cases,
                                  [&](std::size_t i) { return cases[i].failure; });
    failures.is_detail = true;
    for (Column* column : {&bound, &failures}) {
        if (has_text(*column)) {
            columns.push_back(std::move(*column));
        }
    }
    return columns;
}

std::vector<Column> clip_columns_of(const Sweep& sweep) {
    const Context& context = sweep.context;
    if (context.clips.size() < 2) {
        return {};
    }
    std::vector<Column> columns{text_column("case", "case", "swept settings", sweep.cases,
                                            [&](std::size_t i) { return sweep.cases[i].id; })};
    const auto add = [&](Column column, double scale, auto figure_on, std::size_t clip) {
        auto filled =
            figure_column(std::move(column), scale, sweep.cases,
                          [&](const Case& measured) { return figure_on(measured, context, clip); });
        if (filled) {
            columns.push_back(std::move(*filled));
        }
    };
    for (std::size_t i = 0; i < context.clips.size(); ++i) {
        const std::string& path = context.clips[i].path;
        const std::string file = path.substr(path.find_last_of('/') + 1);
        add({.name = fmt::format("clips[{}].frames_per_s", i),
             .heading = file + ": frames/s",
             .description = "median over passes of this clip alone"},
            1, speed_on, i);
        add({.name = fmt::format("clips[{}].keypoint_error", i),
             .heading = file + ": error %",
             .description = "mean keypoint error on this clip alone, of the trunk's length"},
            kPercent, error_on, i);
    }
    return columns;
}

std::vector<Column> short_columns_of(const Sweep& sweep, const Ranking* ranking) {
    std::vector<Column> columns = columns_of(sweep, ranking);
    std::erase_if(columns, [](const Column& column) { return column.is_detail; });
    return columns;
}

}  // namespace closet::bench
