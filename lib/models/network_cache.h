#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>

#include "models/network.h"

namespace closet {

/// A text that changes with a file's content: its path, size and time of change. Throws
/// std::filesystem::filesystem_error where there is no such file.
std::string file_source(const std::filesystem::path& path);

/// What tells two loaded networks apart: their source (see file_source, or any text that changes
/// with the weights) and the options.
std::string network_key(std::string_view source, const NetworkOptions& options);

/// What belongs to a key, loaded at most once however many threads ask, shared by all who hold it,
/// and dropped when nobody does any more. `load` runs on the calling thread, outside any lock that
/// other keys need; when it throws, the caller gets the exception and the next one who asks tries
/// again. One key stands for things of one type only, see `shared_loaded`.
std::shared_ptr<const void> shared_by_key(const std::string& key,
                                          const std::function<std::shared_ptr<const void>()>& load);

/// The same for the networks of graphs: keys are of network_key.
inline std::shared_ptr<const Network> shared_network(
    const std::string& key, const std::function<std::shared_ptr<const Network>()>& load) {
    return std::static_pointer_cast<const Network>(shared_by_key(key, load));
}

/// The same for networks without a graph (Note [Networks without a graph]): `load` gives a `Loaded`
/// out of the file, whose `settings` (device, --allow-partial and so on) tell it apart from others.
template <class Loaded, class Load>
std::shared_ptr<const Loaded> shared_loaded(const std::filesystem::path& file,
                                            std::string_view settings, const Load& load) {
    const std::string key = std::string(typeid(Loaded).name())
                                .append("|")
                                .append(file_source(file))
                                .append("|")
                                .append(settings);
    return std::static_pointer_cast<const Loaded>(
        shared_by_key(key, [&] { return std::make_shared<const Loaded>(load()); }));
}

}  // namespace closet
