#pragma once

#include <string>

#include "encode/stream/stream_target.h"

namespace closet {

/// Standard output, or a FIFO. Waits for its reader as long as that takes, but not beyond a stop.
/// SIGPIPE has to be ignored by the process, as the tool does.
class PipeTarget : public StreamTarget {
  public:
    /// `name`: "-" for standard output, else the path of a FIFO. Throws ConfigError where standard
    /// output is a terminal, MediaError where nobody reads.
    PipeTarget(const std::string& name, std::stop_token stop);
    ~PipeTarget() override;
    PipeTarget(const PipeTarget&) = delete;
    PipeTarget& operator=(const PipeTarget&) = delete;
    PipeTarget(PipeTarget&&) = delete;
    PipeTarget& operator=(PipeTarget&&) = delete;

  private:
    int put(const std::uint8_t* data, int size) override;
    std::string explain(int code) const override;

    Patience patience_;
    int descriptor_ = -1;
    int step_ = 0;  ///< most bytes that a write takes without blocking once the pipe is writable
};

}  // namespace closet
