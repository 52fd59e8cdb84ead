#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/av_handles.h"

namespace closet {

/// A file that appears under its name only when it is complete: it is written as `<name>.partial`
/// and renamed. Errors of the disk are kept, since libav's own buffering would lose them.
class OutputFile {
  public:
    /// Creates the partial file. Throws MediaError where that is not possible or where `input`
    /// would be overwritten (also through links).
    OutputFile(std::filesystem::path path, const std::string& input);
    /// Removes the partial file unless `complete` was called.
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    OutputFile(OutputFile&&) = delete;
    OutputFile& operator=(OutputFile&&) = delete;

    const std::filesystem::path& path() const { return path_; }
    const std::filesystem::path& partial_path() const { return partial_; }

    /// For a muxer; owned here, valid as long as this object.
    AVIOContext* io() { return io_; }

    /// Throws MediaError where anything that was written so far did not reach the file.
    void check();

    /// Flushes everything to the disk and closes the file, which stays under its partial name.
    void complete();

    /// Gives the completed file its final name.
    void publish();

  private:
    static int write(void* opaque, std::uint8_t* data, int size);
    static std::int64_t seek(void* opaque, std::int64_t offset, int whence);
    [[noreturn]] void fail(int error_number) const;

    std::filesystem::path path_, partial_;
    int descriptor_ = -1;
    int error_ = 0;  ///< errno of the first write that failed
    bool complete_ = false;
    AVIOContext* io_ = nullptr;
};

}  // namespace closet
