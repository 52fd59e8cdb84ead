#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace closet::log {

/// `kLoss` is a warning that something of the input is missing in the output; it is an error's
/// sibling, shown to those as well who want to read of nothing else.
enum class Level { kDebug, kInfo, kWarning, kLoss, kError };

/// Receives every message; called under a lock, so it needs none of its own.
using Sink = std::function<void(Level, std::string_view)>;

/// Replaces the sink. The default writes warnings and errors to stderr. An empty sink drops all.
void set_sink(Sink sink);

/// Sends one message (no trailing newline) to the sink. Safe from any thread.
void write(Level level, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void loss(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kLoss, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace closet::log
