#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "models/network.h"

namespace closet {

/// A text that changes with a file's content: its path, size and time of change. Throws
/// std::filesystem::filesystem_error where there is no such file.
std::string file_source(const std::filesystem::path& path);

/// What tells two loaded networks apart: their source (see file_source, or any text that changes
/// with the weights) and the options.
std::string network_key(std::string_view source, const NetworkOptions& options);

/// The network of a key, loaded at most once however many threads ask, shared by all who hold it,
/// and dropped when nobody does any more. `load` runs on the calling thread, outside any lock that
/// other keys need; when it throws, the caller gets the exception and the next one who asks tries
/// again.
std::shared_ptr<const Network> shared_network(
    const std::string& key, const std::function<std::shared_ptr<const Network>()>& load);

}  // namespace closet
