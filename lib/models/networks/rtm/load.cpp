#include "models/networks/rtm/load.h"

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

NetworkGraph build(const RtmPoseArchitecture& architecture, Parameters& parameters,
                   const std::string& name, const std::vector<std::string>& taps) {
    return build_rtmpose(architecture, parameters, name, taps);
}

NetworkGraph build(const RtmDetArchitecture& architecture, Parameters& parameters,
                   const std::string& name, const std::vector<std::string>& taps) {
    return build_rtmdet(architecture, parameters, name, taps);
}

template <class Architecture>
KeyReport survey_keys(const Architecture& architecture, const StateDict& state) {
    Parameters parameters(state, Parameters::Purpose::kSurvey);
    build(architecture, parameters, to_string(architecture), {});
    return report_keys(parameters, state);
}

// What `recognise` finds, with errors that name the file.
template <class Architecture>
Architecture recognise_in(const StateDict& state, const std::string& name, const char* family,
                          std::optional<Architecture> (*recognise)(const StateDict&)) {
    std::optional<Architecture> found;
    try {
        found = recognise(state);
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
RtmNetwork<Architecture> load(Architecture architecture, const StateDict& state,
                              const std::string& name, const RtmOptions& options) {
    KeyReport keys = survey_keys(architecture, state);
    if (!options.allow_partial) {
        require_complete(keys, name, to_string(architecture));
    }
    Parameters parameters(state, Parameters::Purpose::kLoad);
    NetworkGraph graph = build(architecture, parameters, name, options.taps);
    return {std::move(architecture), std::move(graph), std::move(keys)};
}

}  // namespace

RtmNetwork<RtmPoseArchitecture> load_rtmpose(const Checkpoint& checkpoint,
                                             const RtmOptions& options) {
    const StateDict state(checkpoint.tensors());
    const std::string name = checkpoint.path().string();
    return load(recognise_in(state, name, "RTMPose", recognise_rtmpose), state, name, options);
}

RtmNetwork<RtmDetArchitecture> load_rtmdet(const Checkpoint& checkpoint,
                                           const RtmOptions& options) {
    const StateDict state(checkpoint.tensors());
    const std::string name = checkpoint.path().string();
    auto architecture = recognise_in(state, name, "RTMDet", recognise_rtmdet);
    if (options.input) {
        std::tie(architecture.input_width, architecture.input_height) = *options.input;
    }
    return load(architecture, state, name, options);
}

KeyReport survey(const RtmPoseArchitecture& architecture, const StateDict& state) {
    return survey_keys(architecture, state);
}

KeyReport survey(const RtmDetArchitecture& architecture, const StateDict& state) {
    return survey_keys(architecture, state);
}

}  // namespace closet
