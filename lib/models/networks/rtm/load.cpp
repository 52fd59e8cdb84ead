#include "models/networks/rtm/load.h"

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

// What `recognize` finds, with errors that name the file.
template <class Architecture>
Architecture recognize_in(const StateDict& state, const std::string& name, const char* family,
                          std::optional<Architecture> (*recognize)(const StateDict&)) {
    std::optional<Architecture> found;
    try {
        found = recognize(state);
    } catch (const ModelError& error) {
        throw ModelError(fmt::format("{} cannot be used: {}", name, error.what()));
    }
    if (!found) {
        throw ModelError(fmt::format(
            "{} is no {}: it lacks the keys of its head (closet models inspect tells more)", name,
            family));
    }
    return *found;
}

template <class Architecture>
RtmNetwork<Architecture> load(const Architecture& architecture, const StateDict& state,
                              const std::string& name, const RtmOptions& options) {
    LoadedNetwork loaded =
        load_network(describe(architecture), state, name, options.allow_partial, options.taps);
    return {architecture, std::move(loaded.graph), std::move(loaded.keys)};
}

}  // namespace

RtmNetwork<RtmPoseArchitecture> load_rtmpose(const Checkpoint& checkpoint,
                                             const RtmOptions& options) {
    const StateDict state(checkpoint.tensors());
    const std::string name = checkpoint.path().string();
    return load(recognize_in(state, name, "RTMPose", recognize_rtmpose), state, name, options);
}

RtmNetwork<RtmDetArchitecture> load_rtmdet(const Checkpoint& checkpoint,
                                           const RtmOptions& options) {
    const StateDict state(checkpoint.tensors());
    const std::string name = checkpoint.path().string();
    auto architecture = recognize_in(state, name, "RTMDet", recognize_rtmdet);
    if (options.input) {
        std::tie(architecture.input_width, architecture.input_height) = *options.input;
    }
    return load(architecture, state, name, options);
}

}  // namespace closet
