#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace closet {

/// The SHA-256 of bytes that come in pieces.
class Sha256 {
  public:
    /// Throws Error where the crypto library offers none.
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    Sha256(Sha256&&) = delete;
    Sha256& operator=(Sha256&&) = delete;

    void add(const void* bytes, std::size_t count);

    /// Of all that was added, 64 lower-case hex digits. To be called once, at the end.
    std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The SHA-256 of a file's bytes, 64 lower-case hex digits. Throws Error where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace closet
