#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "core/av_handles.h"

namespace closet {

/// Standard input or a FIFO as an input of libav. libav's own reader blocks in open() until
/// somebody writes, and in read(); this one waits in poll() and lets a stop through.
class PipeReader {
  public:
    /// `path`: "-" or the name of a FIFO. Throws MediaError where it cannot be opened.
    PipeReader(const std::string& path, std::stop_token stop);
    ~PipeReader();
    PipeReader(const PipeReader&) = delete;
    PipeReader& operator=(const PipeReader&) = delete;
    PipeReader(PipeReader&&) = delete;
    PipeReader& operator=(PipeReader&&) = delete;

    /// From now on this stop ends the waiting.
    void watch(std::stop_token stop) { stop_ = std::move(stop); }
    AVIOContext* io() const { return io_; }

  private:
    static int read(void* self, std::uint8_t* bytes, int size);

    std::stop_token stop_;
    int file_ = -1;
    AVIOContext* io_ = nullptr;
};

}  // namespace closet
