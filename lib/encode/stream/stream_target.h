#pragma once

#include <cstdint>
#include <string>

#include "core/av_compat.h"
#include "encode/mux_target.h"

namespace closet {

/// A target that takes bytes one after the other and cannot go back: a pipe, a peer.
class StreamTarget : public MuxTarget {
  public:
    ~StreamTarget() override;
    StreamTarget(const StreamTarget&) = delete;
    StreamTarget& operator=(const StreamTarget&) = delete;
    StreamTarget(StreamTarget&&) = delete;
    StreamTarget& operator=(StreamTarget&&) = delete;

    std::string name() const override { return name_; }
    AVIOContext* io() override { return io_; }
    void check() override;
    void complete() override;

  protected:
    /// `chunk`: most bytes of one `put`.
    StreamTarget(std::string name, int chunk);

    /// Puts all bytes out. Returns 0 or the AVERROR that ended it.
    virtual int put(const std::uint8_t* data, int size) = 0;
    /// Hands over the last bytes. Returns 0 or an AVERROR.
    virtual int close() { return 0; }
    /// Why the output ended and what to do, "Broken pipe, ...".
    virtual std::string explain(int code) const = 0;

    [[noreturn]] void fail(int code) const;

  private:
    static int write(void* opaque, WrittenByte* data, int size);

    std::string name_;
    int error_ = 0;  ///< the AVERROR of the first `put` that failed; nothing is put out after it
    AVIOContext* io_ = nullptr;
};

}  // namespace closet
