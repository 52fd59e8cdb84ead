#include "bench/plot/sweep_plots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "bench/plot/axis_plots.h"
#include "bench/plot/pass_plots.h"
#include "bench/text/number_text.h"
#include "core/error.h"
#include "core/new_file.h"

namespace closet::bench {
namespace {

std::optional<Estimate> speed_of(const Case& measured) {
    return measured.frames_per_s;
}

std::optional<Estimate> error_of(const Case& measured) {
    // Without a speed the case has failed.
    return measured.quality && measured.frames_per_s
               ? std::optional(measured.quality->keypoint_error)
               : std::nullopt;
}

/// Letters, digits and what else is harmless in names of files.
std::string file_name(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        name += plain ? c : '_';
    }
    return name.substr(0, 64);
}

void add_axis_plots(std::vector<SweepPlot>& plots, const Sweep& sweep, double width) {
    struct Kind {
        const char *name, *title, *label, *caption;
        MetricOf figure;
    };
    const std::array kinds{
        Kind{"frames_per_s", "Throughput", "frames a second",
             "Higher is faster. Bars are intervals; dotted ones reach an unknown end.", speed_of},
        Kind{
            "keypoint_error", "Keypoint error", "keypoint error, trunk lengths",
            "Lower is better: the distance from the reference pass (batch 1, scale 1, every frame, "
            "fp32).",
            error_of}};
    std::set<std::string> names;
    for (const std::string& axis : varying_axes(sweep)) {
        for (const Kind& kind : kinds) {
            std::optional<XyPlot> plot = plot_against(sweep, axis, kind.figure, width);
            if (!plot) {
                continue;
            }
            plot->y.label = kind.label;
            plot->y.from_zero = true;
            std::string name = fmt::format("{}-{}", kind.name, file_name(axis));
            while (!names.insert(name).second) {
                name += '_';
            }
            plots.push_back({std::move(name), fmt::format("{} by {}", kind.title, axis),
                             kind.caption, draw(*plot)});
        }
    }
}

void add_frontier(std::vector<SweepPlot>& plots, const Sweep& sweep, const Ranking& ranking,
                  double width) {
    Series frontier{.name = "on the frontier", .style = 2, .line = Line::kNone, .points = {}};
    Series undecided{.name = "undecided", .style = 1, .line = Line::kNone, .points = {}};
    Series dominated{.name = "dominated", .style = 3, .line = Line::kNone, .points = {}};
    Series others{.name = "not judged", .style = -1, .line = Line::kNone, .points = {}};
    const ShortNames names(sweep);
    std::vector<double> speeds;
    for (const Case& measured : sweep.cases) {
        const std::optional<Estimate> error = error_of(measured);
        if (!error) {
            continue;
        }
        const CaseStanding* entry = ranking.find(measured.id);
        Series& series = entry == nullptr || !entry->has_pareto    ? others
                         : entry->pareto == ParetoMark::kFrontier  ? frontier
                         : entry->pareto == ParetoMark::kDominated ? dominated
                                                                   : undecided;
        series.points.push_back(
            {.x = axis_value_of(*measured.frames_per_s),
             .y = axis_value_of(*error),
             .label = &series == &frontier ? names.of(measured) : "",
             .tooltip = fmt::format(
                 "{}: {} frames a second, keypoint error {}", measured.id,
                 estimate_text(*measured.frames_per_s, decimals_for(measured.frames_per_s->value)),
                 estimate_text(*error, 4))});
        speeds.push_back(measured.frames_per_s->value);
    }
    if (speeds.size() < 2) {
        return;
    }
    XyPlot plot{.x = {.label = "frames a second"},
                .y = {.label = "keypoint error, trunk lengths", .from_zero = true},
                .series = {},
                .width = width};
    const auto [low, high] = std::minmax_element(speeds.begin(), speeds.end());
    if (*low > 0 && *high >= kLogRatio * *low) {
        plot.x.scale = Scale::kLog;
    }
    for (Series* series : {&dominated, &others, &undecided, &frontier}) {
        if (!series->points.empty()) {
            plot.series.push_back(std::move(*series));
        }
    }
    plots.push_back({"frontier", "Speed against quality",
                     "Right and down is better. A case is on the frontier when it is shown that no "
                     "other is both faster and closer, dominated when it is shown that one is." +
                         names.legend(),
                     draw(plot)});
}

}  // namespace

std::vector<SweepPlot> sweep_plots(const Sweep& sweep, const Ranking& ranking, double width) {
    std::vector<SweepPlot> plots;
    add_frontier(plots, sweep, ranking, width);
    add_axis_plots(plots, sweep, width);
    for (auto* make : {stage_plots, latency_plots, order_plots}) {
        std::vector<SweepPlot> more = make(sweep, width);
        std::move(more.begin(), more.end(), std::back_inserter(plots));
    }
    return plots;
}

std::vector<std::filesystem::path> write_plots(const std::filesystem::path& folder,
                                               const Sweep& sweep, const Ranking& ranking) {
    constexpr double kFileWidth = 640;
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) {
        throw Error(fmt::format("cannot make the folder {} for plots: {}", folder.string(),
                                failure.message()));
    }
    std::vector<std::filesystem::path> paths;
    const std::string style = plot_css(false);
    for (const SweepPlot& plot : sweep_plots(sweep, ranking, kFileWidth)) {
        paths.push_back(folder / (plot.name + ".svg"));
        replace_file(paths.back(), to_svg(plot.drawing, plot.title, plot.caption, style));
    }
    return paths;
}

}  // namespace closet::bench
