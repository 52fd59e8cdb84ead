#include "closet/progress.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/console.h"
#include "core/json_string.h"

namespace closet {
namespace {

constexpr int kBarWidth = 24;

}  // namespace

std::string format_duration(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
    const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60;
    return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                     : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string format_progress(std::int64_t done, std::int64_t total, double elapsed_s,
                            int bar_width) {
    const double rate = elapsed_s > 0 ? static_cast<double>(done) / elapsed_s : 0;
    if (total <= 0) {
        return fmt::format("{} frames  {:.1f} frames/s", done, rate);
    }
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const int filled = static_cast<int>(share * bar_width);
    const std::string bar =
        bar_width > 0 ? fmt::format("[{:#<{}}{:-<{}}] ", "", filled, "", bar_width - filled) : "";
    const std::string left =
        rate > 0
            ? fmt::format("  {} left",
                          format_duration(
                              static_cast<double>(std::max<std::int64_t>(0, total - done)) / rate))
            : "";
    return fmt::format("{}{:3.0f} %  {}/{} frames  {:.1f} frames/s{}", bar, 100 * share, done,
                       total, rate, left);
}

Progress::Progress(std::string name, std::int64_t total)
    : name_(std::move(name)),
      total_(total),
      bar_(console::is_terminal() && !console::style().quiet && !console::style().json) {}

Progress::~Progress() {
    if (bar_) {
        console::set_status("");
    }
}

void Progress::update(std::int64_t done) {
    const auto now = Clock::now();
    const console::Style style = console::style();
    if (style.quiet || now - last_shown_ < (bar_ ? Clock::duration(kBarPeriod) : kLinePeriod)) {
        return;
    }
    last_shown_ = now;
    const double elapsed_s = std::chrono::duration<double>(now - start_).count();
    if (style.json) {
        console::print_event(json_string(nlohmann::json{{"event", "progress"},
                                                        {"input", name_},
                                                        {"frames", done},
                                                        {"total", total_},
                                                        {"elapsed_s", elapsed_s}}));
    } else if (bar_) {
        console::set_status(format_progress(done, total_, elapsed_s, kBarWidth));
    } else {
        console::print_line(
            fmt::format("{}: {}", name_, format_progress(done, total_, elapsed_s, 0)));
    }
}

}  // namespace closet
