#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/families.h"
#include "models/networks/key_report.h"

namespace closet {

struct LoadOptions {
    bool allow_partial = false;  ///< see load_network

    /// Sides of the input in pixels, width first; unset: the architecture's own. Only for networks
    /// that take pictures of any size.
    std::optional<std::pair<std::int64_t, std::int64_t>> input{};

    std::vector<std::string> taps{};  ///< further outputs, for tests
};

/// A network out of a checkpoint, see LoadedNetwork.
template <class Architecture>
struct NetworkOf {
    Architecture architecture;
    NetworkGraph graph;
    KeyReport keys;
};

/// What `recognize` finds in a checkpoint. Throws ModelError, with the file's name, where it finds
/// nothing (`family`: what was looked for) or refuses its sizes.
template <class Architecture>
Architecture recognize_as(const Checkpoint& checkpoint, const char* family,
                          std::optional<Architecture> (*recognize)(const StateDict&)) {
    const std::string name = checkpoint.path().string();
    std::optional<Architecture> found;
    try {
        found = recognize(StateDict(checkpoint.tensors()));
    } catch (const ModelError& error) {
        throw ModelError(fmt::format("{} cannot be used: {}", name, error.what()));
    }
    if (!found) {
        throw ModelError(fmt::format(
            "{} is no {}: it lacks the keys of its head (closet models inspect tells more)", name,
            family));
    }
    return *std::move(found);
}

/// The same, built by `describe(architecture)`. Throws ModelError also where parameters are missing
/// (see allow_partial).
template <class Architecture>
NetworkOf<Architecture> load_as(const Checkpoint& checkpoint, const LoadOptions& options,
                                const char* family,
                                std::optional<Architecture> (*recognize)(const StateDict&)) {
    Architecture found = recognize_as(checkpoint, family, recognize);
    if (options.input) {
        std::tie(found.input_width, found.input_height) = *options.input;
    }
    LoadedNetwork loaded =
        load_network(describe(found), StateDict(checkpoint.tensors()), checkpoint.path().string(),
                     options.allow_partial, options.taps);
    return {std::move(found), std::move(loaded.graph), std::move(loaded.keys)};
}

}  // namespace closet
