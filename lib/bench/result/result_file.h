#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/result/result.h"

namespace closet::bench {

// Note [JSON Lines]
// The first line is {"type": "context", "schema": ..., "version": ..., "axes": ..., "context":
// ...}. A pass leaves {"type": "sample", "id": ..., "settings": ..., "model_load_s": ..., "sample":
// ...} as soon as it is done, a case {"type": "case", "case": ...} with all of its samples. Lines
// of other types are passed over.

/// The lines of Note [JSON Lines], each with its line break: of the context, of the case's last
/// sample, of a case with all of its samples. Bytes that are not UTF-8 are replaced.
std::string context_line(const Sweep& sweep);
std::string sample_line(const Case& measured);
std::string case_line(const Case& measured);

/// Whether the text begins with a context line.
bool is_json_lines(std::string_view text);

/// Throws Error naming `where` and the line. A last line without line break that cannot be read was
/// torn and is passed over.
Sweep parse_json_lines(std::string_view text, const std::string& where);

/// Largest file that is read, bytes: 500 cases of 20 passes over 1000 frames. Parsed JSON takes up
/// to some 16 times that.
inline constexpr std::uintmax_t kMaximumFileBytes = std::uintmax_t{128} << 20;

/// Reads a result, JSON or JSON Lines (told from the content). In JSON Lines a last line that was
/// torn by a kill is passed over, and a later line of a case replaces an earlier one. The file may
/// be hostile: throws Error with one sentence that names it, the place and the remedy.
Sweep read_result(const std::filesystem::path& path);

}  // namespace closet::bench
