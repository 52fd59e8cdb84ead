#include "closet/progress.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/console.h"
#include "core/json_string.h"

namespace closet {
namespace {

constexpr int kBarWidth = 24;

std::string bar_of(double share, int width) {
    const int filled = static_cast<int>(share * width);
    return width > 0 ? fmt::format("[{:#<{}}{:-<{}}] ", "", filled, "", width - filled) : "";
}

std::string left_of(double share, double elapsed_s) {
    return share > 0 ? fmt::format("  {} left", format_duration(elapsed_s * (1 - share) / share))
                     : "";
}

double rate_of(std::int64_t frames, double elapsed_s) {
    return elapsed_s > 0 ? static_cast<double>(frames) / elapsed_s : 0;
}

double share_of(std::int64_t done, std::int64_t total) {
    return total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 0;
}

}  // namespace

std::string format_duration(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
    const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60;
    return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                     : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string format_progress(std::int64_t done, std::int64_t total, double elapsed_s,
                            int bar_width) {
    const double rate = rate_of(done, elapsed_s);
    if (total <= 0) {
        return fmt::format("{} frames  {:.1f} frames/s", done, rate);
    }
    const double share = share_of(done, total);
    return fmt::format("{}{:3.0f} %  {}/{} frames  {:.1f} frames/s{}", bar_of(share, bar_width),
                       100 * share, done, total, rate, left_of(share, elapsed_s));
}

std::string format_clips_progress(double share, std::size_t ended, std::size_t clips,
                                  std::int64_t frames, double elapsed_s, int bar_width) {
    return fmt::format("{}{:3.0f} %  {}/{} clips  {} frames  {:.1f} frames/s{}",
                       bar_of(share, bar_width), 100 * share, ended, clips, frames,
                       rate_of(frames, elapsed_s), left_of(share, elapsed_s));
}

ClipsProgress::ClipsProgress(std::size_t clips)
    : clips_(clips),
      bar_(console::is_terminal() && !console::style().quiet && !console::style().json) {}

ClipsProgress::~ClipsProgress() {
    if (bar_) {
        console::set_status("");
    }
}

void ClipsProgress::update(std::size_t number, const std::string& name, std::int64_t done,
                           std::int64_t total) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const auto [place, is_new] = running_.try_emplace(number, Clip{0, 0, now});
    Clip& clip = place->second;
    clip.done = done;
    clip.total = total;
    if (!start_) {
        start_ = last_shown_ = now;
    }
    const console::Style style = console::style();
    Clock::time_point& last = style.json ? clip.last_shown : last_shown_;
    if (style.quiet || now - last < (bar_ ? Clock::duration(kBarPeriod) : kLinePeriod)) {
        return;
    }
    last = now;
    const double elapsed_s = std::chrono::duration<double>(now - *start_).count();
    if (style.json) {
        console::print_event(json_string(nlohmann::json{{"event", "progress"},
                                                        {"input", name},
                                                        {"frames", done},
                                                        {"total", total},
                                                        {"elapsed_s", elapsed_s}}));
    } else if (bar_) {
        console::set_status(text(name, clip, elapsed_s));
    } else {
        console::print_line(text(name, clip, elapsed_s));
    }
}

void ClipsProgress::end(std::size_t number) {
    const std::lock_guard lock(mutex_);
    ++ended_;
    if (const auto clip = running_.find(number); clip != running_.end()) {
        frames_ended_ += clip->second.done;
        running_.erase(clip);
    }
    if (bar_ && ended_ == clips_) {
        console::set_status("");
    }
}

std::string ClipsProgress::text(const std::string& name, const Clip& clip, double elapsed_s) const {
    const int width = bar_ ? kBarWidth : 0;
    if (clips_ == 1) {
        const std::string how_far = format_progress(clip.done, clip.total, elapsed_s, width);
        return bar_ ? how_far : fmt::format("{}: {}", name, how_far);
    }
    double share = static_cast<double>(ended_);
    std::int64_t frames = frames_ended_;
    for (const auto& [number, running] : running_) {
        share += share_of(running.done, running.total);
        frames += running.done;
    }
    return format_clips_progress(share / static_cast<double>(clips_), ended_, clips_, frames,
                                 elapsed_s, width);
}

}  // namespace closet
