#pragma once

#include <filesystem>
#include <functional>

namespace closet {

/// Keeps other processes and threads from changing a file while it lives. The lock itself is
/// `.NAME.lock` beside the file: it belongs to an open file description, so the kernel lifts it
/// when its owner dies, and one that was left behind is no obstacle. Removed at the end.
class FileLock {
  public:
    /// Waits for the lock as long as `wait` returns true, which it is asked some times a second;
    /// check held(). Throws ModelError where the folder cannot be written.
    FileLock(const std::filesystem::path& file, const std::function<bool()>& wait);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    FileLock(FileLock&&) = delete;
    FileLock& operator=(FileLock&&) = delete;

    /// False where `wait` gave up.
    bool held() const { return descriptor_ >= 0; }

  private:
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace closet
