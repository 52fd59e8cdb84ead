#pragma once

#include <filesystem>
#include <string>

namespace closet::bench {

/// A file of that name in a folder of its own that goes with this object.
class TemporaryOutput {
  public:
    /// Throws Error where the system's folder for temporary files cannot be written.
    explicit TemporaryOutput(const std::string& name);
    ~TemporaryOutput();
    TemporaryOutput(const TemporaryOutput&) = delete;
    TemporaryOutput& operator=(const TemporaryOutput&) = delete;
    TemporaryOutput(TemporaryOutput&&) = delete;
    TemporaryOutput& operator=(TemporaryOutput&&) = delete;

    std::filesystem::path path() const { return folder_ / name_; }

  private:
    std::filesystem::path folder_;
    std::string name_;
};

}  // namespace closet::bench
