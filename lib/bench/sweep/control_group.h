#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace closet::bench {

/// The cores that the process's control groups allow, the least of all levels: quota over period.
/// Version 2 and version 1 are read. Nothing where none is set or told.
std::optional<double> core_quota(const std::filesystem::path& root = "/");

/// The memory that they allow, the least of all levels.
std::optional<std::int64_t> memory_limit_bytes(const std::filesystem::path& root = "/");

}  // namespace closet::bench
