#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace closet {

/// A file's bytes, mapped read-only for as long as the object lives.
///
/// A file that another program shortens meanwhile raises SIGBUS on access, as with any mapping:
/// model files are replaced by renaming, never rewritten in place.
class MappedFile {
  public:
    /// Throws ModelError where the path is no readable, non-empty regular file.
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    MappedFile(MappedFile&&) = delete;
    MappedFile& operator=(MappedFile&&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }

  private:
    std::span<const std::byte> bytes_;
};

}  // namespace closet
