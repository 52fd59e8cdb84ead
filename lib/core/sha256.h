#pragma once

#include <filesystem>
#include <string>

namespace closet {

/// The SHA-256 of a file's bytes, 64 lower-case hex digits. Throws Error where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace closet
