#pragma once

#include <cstdint>
#include <filesystem>

#include "bench/result.h"

namespace closet::bench {

/// Largest file that is read, bytes: 500 cases of 20 passes over 1000 frames. Parsed JSON takes up
/// to some 16 times that.
inline constexpr std::uintmax_t kMaximumFileBytes = std::uintmax_t{128} << 20;

/// Reads a result, JSON or JSON Lines (told from the content). In JSON Lines a last line that was
/// torn by a kill is passed over, and a later line of a case replaces an earlier one. The file may
/// be hostile: throws Error with one sentence that names it, the place and the remedy.
Sweep read_result(const std::filesystem::path& path);

}  // namespace closet::bench
