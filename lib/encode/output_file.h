#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/av_compat.h"
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

/// A muxer's file that appears under its name only when it is complete: Note [New files].
class OutputFile : public MuxTarget {
  public:
    /// Creates the working file. Throws MediaError where that is not possible or where `input`
    /// would be overwritten (also through links).
    OutputFile(std::filesystem::path path, const std::string& input);
    ~OutputFile() override;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    OutputFile(OutputFile&&) = delete;
    OutputFile& operator=(OutputFile&&) = delete;

    std::string name() const override { return file_.path().string(); }
    std::string url() const override { return file_.partial().string(); }
    AVIOContext* io() override { return io_; }
    void check() override;
    void complete() override;
    NewFile* file() override { return &file_; }

  private:
    static int write(void* opaque, WrittenByte* data, int size);
    static std::int64_t seek(void* opaque, std::int64_t offset, int whence);

    NewFile file_;
    int error_ = 0;  ///< errno of the first write that failed
    AVIOContext* io_ = nullptr;
};

}  // namespace closet
