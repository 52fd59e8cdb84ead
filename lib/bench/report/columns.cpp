#include "bench/report/columns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/report/figure_text.h"
#include "bench/report/result_words.h"
#include "bench/sweep/axis.h"
#include "bench/sweep/metric.h"

namespace closet::bench {
namespace {

/// A metric as it is shown: `scale` takes it to the unit of the heading.
struct Figure {
    std::string_view metric, heading;
    double scale;
    bool is_detail;
};

constexpr std::array kFigures{
    Figure{"frames_per_s", "frames/s", 1, false},
    Figure{"inferences_per_s", "inferences/s", 1, true},
    Figure{"latency_ms.p50", "p50 ms", 1, true},
    Figure{"latency_ms.p95", "p95 ms", 1, false},
    Figure{"latency_ms.p99", "p99 ms", 1, true},
    Figure{"latency_ms.max", "max ms", 1, true},
    Figure{"cpu_s_per_frame", "CPU ms/frame", 1000, false},
    Figure{"peak_memory_mb", "memory MB", 1, false},
    Figure{"quality.keypoint_error", "keypoint error", 1, false},
    Figure{"quality.pck", "PCK@0.1", 1, false},
    Figure{"quality.jitter", "jitter", 1, true},
    Figure{"quality.missing", "missing poses", 1, true},
    Figure{"quality.ssim", "SSIM", 1, false},
    Figure{"quality.psnr_db", "PSNR dB", 1, true},
    Figure{"quality.oks", "OKS", 1, false},
    Figure{"gpu_use", "GPU %", 1, false},
    Figure{"gpu_memory_mb", "GPU memory MB", 1, false},
    Figure{"gpu_power_w", "GPU power W", 1, true},
    Figure{"gpu_temperature_c", "GPU °C", 1, true},
    Figure{"gpu_clock_mhz", "GPU MHz", 1, true},
    Figure{"model_load_s", "model load s", 1, true},
    Figure{"first_batch_s", "first batch s", 1, true},
};

Estimate scaled(const Estimate& estimate, double scale) {
    return {estimate.value * scale, estimate.low * scale, estimate.high * scale, estimate.level};
}

/// Nothing where no case has the figure.
std::optional<Column> figure_column(const Figure& figure, const std::vector<Case>& cases) {
    const Metric* metric = find_metric(figure.metric);
    if (metric == nullptr) {
        return std::nullopt;
    }
    Column column{.name = std::string(figure.metric),
                  .heading = std::string(figure.heading),
                  .description = std::string(metric->description),
                  .is_number = true,
                  .is_detail = figure.is_detail,
                  .has_interval = false,
                  .cells = std::vector<Cell>(cases.size())};
    double largest = 0;
    bool found = false;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (!cases[i].frames_per_s) {
            continue;  // what is left of a failed case (a load time, say) is no figure of it
        }
        std::optional<Estimate> value = metric->of(cases[i]);
        if (value && std::isfinite(value->value)) {
            found = true;
            largest = std::max(largest, std::abs(value->value * figure.scale));
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
            cell.text = figure_text(scaled(*cell.number, figure.scale), decimals);
        }
    }
    return column;
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

void add_marks(std::vector<Column>& columns, const Sweep& sweep, const SweepVerdict& verdict) {
    Column marks =
        text_column("verdict", "verdict", "how the case stands", sweep.cases, [&](std::size_t i) {
            return fmt::format("{}", fmt::join(marks_of(sweep.cases[i], verdict), ", "));
        });
    if (has_text(marks)) {
        columns.push_back(std::move(marks));
    }
}

}  // namespace

std::string failure_of(const Case& measured) {
    if (measured.frames_per_s) {
        return {};
    }
    return measured.failure.empty() ? "no figures" : "failed: " + measured.failure;
}

std::vector<Column> columns_of(const Sweep& sweep, const SweepVerdict* verdict) {
    const std::vector<Case>& cases = sweep.cases;
    std::vector<Column> columns{text_column("case", "case", "swept settings", cases,
                                            [&](std::size_t i) { return cases[i].id; })};
    add_settings(columns, sweep);
    if (verdict != nullptr) {
        add_marks(columns, sweep, *verdict);
    }
    for (const Figure& figure : kFigures) {
        if (std::optional<Column> column = figure_column(figure, cases)) {
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
    columns.push_back(text_column("stopped", "stopped by", "why no more passes were taken", cases,
                                  [&](std::size_t i) { return std::string(stop_text(cases[i])); }));
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

std::vector<Column> short_columns_of(const Sweep& sweep, const SweepVerdict* verdict) {
    std::vector<Column> columns = columns_of(sweep, verdict);
    std::erase_if(columns, [](const Column& column) { return column.is_detail; });
    return columns;
}

}  // namespace closet::bench
