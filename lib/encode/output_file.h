#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/av_compat.h"
#include "core/new_file.h"
#include "encode/mux_target.h"

namespace closet {

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
