#include "models/network_cache.h"

#include <map>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace closet {

namespace {

/// What one key stands for. The slot outlives it, so that its lock can.
struct Slot {
    std::mutex mutex;
    std::weak_ptr<const void> loaded;
};

class Slots {
  public:
    std::shared_ptr<Slot> of(const std::string& key) {
        const std::lock_guard lock(mutex_);
        std::erase_if(slots_, [](const auto& entry) {
            // Slots are handed out under this lock only: what nobody else holds, nobody will fill.
            if (entry.second.use_count() != 1) {
                return false;
            }
            const std::lock_guard inner(entry.second->mutex);
            return entry.second->loaded.expired();
        });
        auto& slot = slots_[key];
        if (slot == nullptr) {
            slot = std::make_shared<Slot>();
        }
        return slot;
    }

  private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace

std::string file_source(const std::filesystem::path& path) {
    return fmt::format("{} {} {}", std::filesystem::absolute(path).string(),
                       std::filesystem::file_size(path),
                       std::filesystem::last_write_time(path).time_since_epoch().count());
}

std::string network_key(std::string_view source, const NetworkOptions& options) {
    return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", source, options.device.str(),
                       static_cast<int>(options.precision), options.threads,
                       fmt::join(options.outputs, ","), fmt::join(options.output_names, ","),
                       fmt::join(options.input_shape, "x"),
                       static_cast<const void*>(options.watcher.get()));
}

std::shared_ptr<const void> shared_by_key(
    const std::string& key, const std::function<std::shared_ptr<const void>()>& load) {
    static Slots slots;
    const std::shared_ptr<Slot> slot = slots.of(key);
    const std::lock_guard lock(slot->mutex);
    auto loaded = slot->loaded.lock();
    if (loaded == nullptr) {
        loaded = load();
        slot->loaded = loaded;
    }
    return loaded;
}

}  // namespace closet
