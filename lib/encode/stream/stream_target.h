#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/av_compat.h"
#include "core/av_handles.h"
#include "encode/output_file.h"

namespace closet {

/// How long to wait for somebody else: until a limit, or only little longer once a stop is
/// requested. Its address is handed to libav, hence not movable. For one thread.
class Patience {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Patience(std::stop_token stop) : stop_(std::move(stop)) {}
    ~Patience() = default;
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    Patience(Patience&&) = delete;
    Patience& operator=(Patience&&) = delete;

    /// A new wait, for ever where there is no limit.
    void begin(std::optional<Clock::duration> limit);
    /// True where the wait has to end. Waits after a stop share one short rest.
    bool is_over();
    bool is_stopped() const { return stop_.stop_requested(); }

    AVIOInterruptCB callback();

  private:
    std::stop_token stop_;
    Clock::time_point due_ = Clock::time_point::max();
    std::optional<Clock::time_point> due_after_stop_;
};

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
