#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace closet::test {

/// The demo's clip (a man who moves his arms) where scripts/setup puts it; nothing, with a SKIPPED
/// line, where it has not fetched it.
inline std::optional<std::filesystem::path> demo_clip() {
    const auto variable = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::filesystem::path(value == nullptr ? "" : value);
    };
    auto cache = variable("CLOSET_CACHE");
    if (cache.empty()) {
        const auto xdg = variable("XDG_CACHE_HOME");
        cache = (xdg.empty() ? variable("HOME") / ".cache" : xdg) / "closet";
    }
    auto clip = cache / "clips" / "cam02.mp4";
    if (std::filesystem::exists(clip)) {
        return clip;
    }
    std::cout << "SKIPPED: " << clip << " is absent (run scripts/setup)\n";
    return std::nullopt;
}

}  // namespace closet::test
