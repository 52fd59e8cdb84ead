#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace closet::bench {

/// The first 64 KiB of a file such as those in /proc; empty where it cannot be read.
std::string read_small_file(const std::filesystem::path& path);

/// Its first line, without blanks around.
std::string first_line(const std::filesystem::path& path);

/// The rest of the first line of `text` that begins with `key`, without blanks around.
std::optional<std::string> value_after(const std::string& text, std::string_view key);

/// What follows the first colon and its blanks: ": Xeon" gives "Xeon".
std::string_view after_colon(std::string_view text);

/// The whole number, not negative, that the text begins with.
std::optional<std::int64_t> leading_number(std::string_view text);

/// Calls `use` for every entry of a folder whose name begins with `prefix`; for none where it
/// cannot be read.
void for_each_entry(const std::filesystem::path& folder, std::string_view prefix,
                    const std::function<void(const std::filesystem::path&)>& use);

/// The cores that the process's cgroups allow, the least of all levels: quota over period. Versions
/// 2 and 1 are read. Nothing where none is set or told.
std::optional<double> core_quota(const std::filesystem::path& root = "/");

/// The memory that they allow, the least of all levels.
std::optional<std::int64_t> memory_limit_bytes(const std::filesystem::path& root = "/");

}  // namespace closet::bench
