#include "closet/live/live_report.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/console.h"
#include "core/error.h"
#include "core/json_string.h"
#include "live/statistics_text.h"

namespace closet {
namespace {

/// Where stderr is no terminal, a plain line that often.
constexpr double kPlainLineEvery = 10;

std::string one_line(const LiveStatistics& figures) {
    const LiveDrops& drops = figures.drops;
    return fmt::format(
        "{:.1f} in, {:.1f} inferred, {:.1f} out /s  latency {:.0f} ms (p99 {:.0f})  {} dropped{}",
        figures.captured_rate, figures.inferred_rate, figures.put_out_rate, figures.latency.mean_ms,
        figures.latency.p99_ms,
        drops.late + drops.render + drops.inference + drops.results + drops.output,
        figures.connected ? "" : "  no signal");
}

}  // namespace

LiveReport::LiveReport(const std::string& stats, const std::string& summary) {
    if (!stats.empty()) {
        stats_.emplace(stats);
        stats_->append("");
    }
    if (!summary.empty()) {
        summary_.emplace(summary);
    }
}

void LiveReport::tell(const LiveStatistics& figures) {
    if (stats_) {
        try {
            stats_->append(json_line(figures) + '\n');
            told_of_stats_ = false;
        } catch (const Error& error) {
            if (!std::exchange(told_of_stats_, true)) {
                log::warning("{}; the run goes on and tries again later", error.what());
            }
        }
    }
    if (console::style().json) {
        auto event = to_json(figures);
        event["event"] = "live";
        console::print_event(json_string(event));
    } else if (console::is_terminal()) {
        console::set_status(one_line(figures));
    } else if (figures.at_s - told_s_ >= kPlainLineEvery) {
        told_s_ = figures.at_s;
        console::print_line(one_line(figures));
    }
}

void LiveReport::finish(const LiveStatistics& total) {
    console::set_status("");
    if (console::style().json) {
        auto event = to_json(total);
        event["event"] = "done";
        console::print_event(json_string(event));
    } else {
        std::string table = figures_table(total);
        if (!table.empty() && table.back() == '\n') {
            table.pop_back();
        }
        console::print_line(table);
    }
    if (summary_) {
        summary_->write(json_string(to_json(total), 2) + '\n');
        summary_->publish();
    }
}

}  // namespace closet
