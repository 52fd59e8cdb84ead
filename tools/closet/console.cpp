#include "closet/console.h"
#include "core/json_string.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace closet::console {
namespace {

struct State {
    std::mutex mutex;
    Style style;
    bool verbose = false;
    std::string status;  // what the status line shows now
    std::vector<std::string> losses;
};

State& state() {
    static State instance;
    return instance;
}

bool has_color() {
    const char* no_color = std::getenv("NO_COLOR");
    return is_terminal() && (no_color == nullptr || *no_color == '\0');
}

void write_above_status(const State& now, std::string_view line) {
    if (!now.status.empty()) {
        fmt::print(stderr, "\r\033[K");
    }
    fmt::print(stderr, "{}\n{}", line, now.status);
    std::fflush(stderr);
}

void print_message(log::Level level, std::string_view text) {
    State& now = state();
    const std::lock_guard lock(now.mutex);
    const bool is_error = level == log::Level::kError;
    const bool is_loss = level == log::Level::kLoss;
    const bool is_debug = level == log::Level::kDebug;
    if (is_loss) {
        now.losses.emplace_back(text);
    }
    if (is_debug ? !now.verbose : now.style.quiet && !is_error && !is_loss) {
        return;
    }
    const std::string_view name = is_error                     ? "error"
                                  : level == log::Level::kInfo ? "info"
                                  : is_debug                   ? "debug"
                                                               : "warning";
    if (now.style.json) {
        nlohmann::json event{{"event", name}, {"message", text}};
        if (is_loss) {
            event["loss"] = true;
        }
        write_above_status(now, json_string(event));
    } else if (level == log::Level::kInfo || is_debug) {
        write_above_status(now, text);
    } else if (has_color()) {
        write_above_status(now,
                           fmt::format("\033[{}m{}:\033[0m {}", is_error ? 31 : 33, name, text));
    } else {
        write_above_status(now, fmt::format("{}: {}", name, text));
    }
}

}  // namespace

void set_style(Style style) {
    {
        const std::lock_guard lock(state().mutex);
        state().style = style;
    }
    log::set_sink(print_message);
}

std::vector<std::string> losses_about(const std::vector<std::string>& files) {
    const std::lock_guard lock(state().mutex);
    std::vector<std::string> found;
    for (const std::string& text : state().losses) {
        const bool is_meant = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
            return !file.empty() && (text.starts_with(file + ":") || text.starts_with(file + " "));
        });
        if (is_meant && std::find(found.begin(), found.end(), text) == found.end()) {
            found.push_back(text);
        }
    }
    return found;
}

Style style() {
    const std::lock_guard lock(state().mutex);
    return state().style;
}

bool is_terminal() {
    const char* term = std::getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void print_error(std::string_view text) {
    print_message(log::Level::kError, text);
}

void set_verbose(bool verbose) {
    {
        const std::lock_guard lock(state().mutex);
        state().verbose = verbose;
    }
    log::set_sink(print_message);
}

bool is_verbose() {
    const std::lock_guard lock(state().mutex);
    return state().verbose;
}

void print_failure(const std::exception& failure) {
    const std::string details = details_of(failure);
    print_error(sentence_of(failure) +
                (details.empty() || is_verbose() ? "" : " (--verbose tells more)"));
    if (!details.empty()) {
        print_message(log::Level::kDebug, details);
    }
}

void print_line(std::string_view text) {
    State& now = state();
    const std::lock_guard lock(now.mutex);
    if (!now.style.quiet && !now.style.json) {
        write_above_status(now, text);
    }
}

void set_status(std::string_view text) {
    if (!is_terminal() || style().quiet || style().json) {
        return;
    }
    State& now = state();
    const std::lock_guard lock(now.mutex);
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    now.status = text;
}

void print_event(std::string_view json) {
    State& now = state();
    const std::lock_guard lock(now.mutex);
    write_above_status(now, json);
}

}  // namespace closet::console
