#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/av_compat.h"
#include "encode/mux_target.h"

namespace closet {

/// A file that appears under its name only when it is complete: it is written as `<name>.partial`
/// and renamed.
class OutputFile : public MuxTarget {
  public:
    /// Creates the partial file. Throws MediaError where that is not possible or where `input`
    /// would be overwritten (also through links).
    OutputFile(std::filesystem::path path, const std::string& input);
    /// Removes the partial file unless `complete` or `keep` was called.
    ~OutputFile() override;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    OutputFile(OutputFile&&) = delete;
    OutputFile& operator=(OutputFile&&) = delete;

    /// What the file is called until it is published.
    static std::filesystem::path partial_path(const std::filesystem::path& path) {
        return path.string() + ".partial";
    }

    std::string name() const override { return path_.string(); }
    std::string url() const override { return partial_.string(); }
    AVIOContext* io() override { return io_; }
    void check() override;

    /// Flushes everything to the disk and closes the file, which stays under its partial name.
    void complete() override;

    /// Gives the completed file its final name.
    void publish() override;

    std::string keep() override;

  private:
    static int write(void* opaque, WrittenByte* data, int size);
    static std::int64_t seek(void* opaque, std::int64_t offset, int whence);
    [[noreturn]] void fail(int error_number) const;

    std::filesystem::path path_, partial_;
    int descriptor_ = -1;
    int error_ = 0;      ///< errno of the first write that failed
    bool keep_ = false;  ///< the partial file stays when this object goes
    AVIOContext* io_ = nullptr;
};

}  // namespace closet
