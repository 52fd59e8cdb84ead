#pragma once

#include <string>

#include "core/av_handles.h"
#include "core/new_file.h"

namespace closet {

/// Where the bytes of a muxer go: a file, a pipe, a peer. Errors are kept, since libav's own
/// buffering would lose them.
class MuxTarget {
  public:
    MuxTarget() = default;
    virtual ~MuxTarget() = default;
    MuxTarget(const MuxTarget&) = delete;
    MuxTarget& operator=(const MuxTarget&) = delete;
    MuxTarget(MuxTarget&&) = delete;
    MuxTarget& operator=(MuxTarget&&) = delete;

    /// As the user gave it, for messages.
    virtual std::string name() const = 0;

    /// Under which muxers find what they wrote, to read it again.
    virtual std::string url() const { return name(); }

    /// For a muxer; owned here, valid as long as this object. Null where the muxer opens its target
    /// itself (AVFMT_NOFILE).
    virtual AVIOContext* io() = 0;

    /// Throws MediaError where anything that was written so far did not arrive.
    virtual void check() = 0;

    /// No more bytes: hands on everything that is buffered. Throws MediaError.
    virtual void complete() = 0;

    /// The file that gets its name when it is complete; null for targets that are none.
    virtual NewFile* file() { return nullptr; }
};

}  // namespace closet
