#include "core/log.h"

#include <cstdio>
#include <mutex>

namespace closet::log {
namespace {

void write_to_stderr(Level level, std::string_view message) {
    if (level != Level::kDebug && level != Level::kInfo) {
        fmt::print(stderr, "{}: {}\n", level == Level::kError ? "error" : "warning", message);
    }
}

struct State {
    std::mutex mutex;
    Sink sink = write_to_stderr;
};

State& state() {
    static State instance;
    return instance;
}

}  // namespace

void set_sink(Sink sink) {
    const std::lock_guard lock(state().mutex);
    state().sink = std::move(sink);
}

void write(Level level, std::string_view message) {
    const std::lock_guard lock(state().mutex);
    if (state().sink) {
        state().sink(level, message);
    }
}

}  // namespace closet::log
