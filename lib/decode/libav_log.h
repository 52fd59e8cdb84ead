#pragma once

#include <atomic>
#include <cstdint>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace closet {

/// Takes libav's messages off stderr: from the first call on they go to log::debug, since the
/// sentence for the user comes from an Error. Cheap to call again; safe from any thread.
void capture_libav_log();

/// The calling thread's most recent libav message of level "error", e.g. "Possible presets: ...";
/// empty where there was none since `forget_libav_error`. It explains a bare "Invalid argument".
std::string last_libav_error();
void forget_libav_error();

/// Counts the errors that one codec complains of. Some decoders patch damaged pictures up, or leave
/// them out, and tell nobody but the log.
class LibavErrorCount {
  public:
    LibavErrorCount();
    ~LibavErrorCount();
    LibavErrorCount(const LibavErrorCount&) = delete;
    LibavErrorCount& operator=(const LibavErrorCount&) = delete;
    LibavErrorCount(LibavErrorCount&&) = delete;
    LibavErrorCount& operator=(LibavErrorCount&&) = delete;

    /// Watches a codec that is not open yet, through its `opaque` field, which the codec's own
    /// threads inherit. The codec must be closed before this object goes.
    void watch(AVCodecContext& codec) { codec.opaque = this; }

    void add() { count_.fetch_add(1, std::memory_order_relaxed); }
    std::int64_t count() const { return count_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> count_{0};
};

}  // namespace closet
