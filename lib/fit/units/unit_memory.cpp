#include "fit/units/unit_memory.h"

#include <exception>

#include <fmt/format.h>

#include "core/error.h"
#include "core/state.h"
#include "fit/units/unit_folder.h"

namespace closet {

void UnitMemory::put(std::int64_t frame, std::string_view stage, std::string state) {
    const std::lock_guard lock(mutex_);
    moments_[frame].insert_or_assign(std::string(stage), std::move(state));
}

std::string UnitMemory::take(std::int64_t frame) {
    const std::lock_guard lock(mutex_);
    std::ostringstream text;
    write_state(text, moments_[frame]);
    moments_.erase(moments_.begin(), moments_.upper_bound(frame));
    return std::move(text).str();
}

void UnitMemory::load(const std::string& text) {
    const std::lock_guard lock(mutex_);
    try {
        std::istringstream from(text);
        read_state(from, recalled_);
    } catch (const std::exception&) {
        throw MediaError(
            fmt::format("cannot resume: what the run before remembered cannot be read; leave {} "
                        "out to begin anew",
                        flags::kResumeUnits));
    }
}

const std::string* UnitMemory::recall(std::string_view stage) const {
    const auto found = recalled_.find(stage);
    return found != recalled_.end() ? &found->second : nullptr;
}

}  // namespace closet
