#include "decode/libav_log.h"

#include <array>
#include <cstdarg>
#include <mutex>
#include <set>
#include <string_view>

extern "C" {
#include <libavutil/log.h>
}

#include "core/log.h"

namespace closet {
namespace {

thread_local std::string last_error;

/// The counters that live. Others in this process use `opaque` for things of their own, so it is
/// believed only when it is one of these.
struct Counters {
    std::mutex mutex;
    std::set<void*> alive;
};

Counters& counters() {
    static Counters instance;
    return instance;
}

void count_error(void* context) {
    if (context == nullptr || *static_cast<const AVClass**>(context) != avcodec_get_class()) {
        return;
    }
    void* opaque = static_cast<AVCodecContext*>(context)->opaque;
    const std::lock_guard lock(counters().mutex);
    if (counters().alive.count(opaque) != 0) {
        static_cast<LibavErrorCount*>(opaque)->add();
    }
}

void receive(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING) {
        return;
    }
    if (level <= AV_LOG_ERROR) {
        count_error(context);
    }
    std::array<char, 1024> line{};  // as libav's own callback
    int print_prefix = 1;
    va_list copy;
    va_copy(copy, arguments);
    av_log_format_line2(context, level, format, copy, line.data(), line.size(), &print_prefix);
    va_end(copy);
    std::string_view text(line.data());
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    if (text.empty()) {
        return;
    }
    if (level <= AV_LOG_ERROR) {
        // "[libx264 @ 0x55d0] text": the address means nothing to a user.
        const std::size_t prefix = text.starts_with('[') ? text.find("] ") : std::string_view::npos;
        last_error = prefix == std::string_view::npos ? text : text.substr(prefix + 2);
    }
    log::debug("libav: {}", text);
}

}  // namespace

LibavErrorCount::LibavErrorCount() {
    capture_libav_log();
    const std::lock_guard lock(counters().mutex);
    counters().alive.insert(this);
}

LibavErrorCount::~LibavErrorCount() {
    const std::lock_guard lock(counters().mutex);
    counters().alive.erase(this);
}

void capture_libav_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(receive); });
}

std::string last_libav_error() {
    return last_error;
}

void forget_libav_error() {
    last_error.clear();
}

}  // namespace closet
