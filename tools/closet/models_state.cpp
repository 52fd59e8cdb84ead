#include "models_state.h"

#include <fmt/format.h>

namespace closet {

std::string state_text(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    switch (file.state) {
        case FileCheck::State::kAbsent:
            return "absent";
        case FileCheck::State::kDamaged:
            return "damaged";
        case FileCheck::State::kReady:
            break;
    }
    if (!store.is_own(entry)) {
        return "installed";
    }
    return store.published(entry.name) != nullptr ? "other version" : "imported";
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "-";
    }
    const auto count = static_cast<double>(bytes);
    return bytes < 1'000'000 ? fmt::format("{:.1f} kB", count / 1e3)
                             : fmt::format("{:.1f} MB", count / 1e6);
}

}  // namespace closet
