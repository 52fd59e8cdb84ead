#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace closet::test {

/// What a program left behind.
struct Finished {
    int exit_code = 0;  ///< 128 + signal where a signal ended it
    std::string out;    ///< stdout
    std::string err;    ///< stderr
};

/// Runs a program without a shell, waits for it, and keeps what it printed.
Finished run(const std::vector<std::string>& command);

/// The same, but sends `signal` once `ready` exists, `times` times with a pause in between.
Finished run_and_signal(const std::vector<std::string>& command, const std::filesystem::path& ready,
                        int signal, int times);

/// A fresh folder below the system's folder for temporary files; removed when it goes out of scope.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    TemporaryFolder(TemporaryFolder&&) = delete;
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace closet::test
