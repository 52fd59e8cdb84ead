#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace closet {

/// A file under a working name that is written to disk whole before it gets its final name, so that
/// neither a crash nor a full disk leaves a broken file there. Every failure is a ModelError that
/// names the file and the reason.
class NewFile {
  public:
    /// Whether an existing working file is emptied or continued, and whether it stays where the
    /// object goes without move_to().
    enum class Start { kEmpty, kContinue };
    explicit NewFile(std::filesystem::path path, Start start = Start::kEmpty);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    NewFile(NewFile&&) = delete;
    NewFile& operator=(NewFile&&) = delete;

    /// Appends.
    void write(const void* bytes, std::size_t count);
    void clear();
    std::uint64_t size() const { return size_; }
    const std::filesystem::path& path() const { return path_; }

    /// Waits until the bytes are on disk and renames, over whatever has the name.
    void move_to(const std::filesystem::path& target);

  private:
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    Start start_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    bool moved_ = false;
};

}  // namespace closet
