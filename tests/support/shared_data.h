#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "support/paths.h"

namespace closet::test {

/// The folder with reference data: $CLOSET_SHARED, or `shared` beside the project. It is not part
/// of the project; a test whose file is absent prints one "SKIPPED: " line, which ctest counts.
inline std::optional<std::filesystem::path> shared_file(const std::filesystem::path& relative) {
    const char* folder = std::getenv("CLOSET_SHARED");
    const auto path = (folder != nullptr ? std::filesystem::path(folder)
                                         : source_folder().parent_path() / "shared") /
                      relative;
    if (std::filesystem::exists(path)) {
        return path;
    }
    std::cout << "SKIPPED: reference data " << path << " is absent (set CLOSET_SHARED)\n";
    return std::nullopt;
}

}  // namespace closet::test
