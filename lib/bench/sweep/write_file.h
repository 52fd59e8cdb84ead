#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace closet::bench {

/// Whether `path` can be replaced by renaming: it does not exist or is a regular file, and no
/// device or pipe.
bool is_replaceable(const std::filesystem::path& path);

/// Makes `text` the content of the file: written beside as .partial and renamed, so that a kill
/// leaves the old or the new one. A link is followed; a device or pipe is written to as it is.
/// Throws Error; then the old content is there still.
void replace_file(const std::filesystem::path& path, std::string_view text);

/// Throws Error where `replace_file` would, before anything is measured; leaves the file as it is.
void check_replaceable(const std::filesystem::path& path);

/// Writes all of `text` and answers how many bytes went: fewer where errno tells why.
std::size_t write_all(int descriptor, std::string_view text);

}  // namespace closet::bench
