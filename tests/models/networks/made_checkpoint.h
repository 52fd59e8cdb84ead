#pragma once

#include <stdexcept>
#include <string>

#include "formula_checkpoint.h"
#include "models/networks/rtm/load.h"

namespace closet::test {

/// The factors of the configurations with this name, as the reference data's architecture.md has
/// them.
inline CspNextSize size_of_name(const std::string& name) {
    if (name == "nano") {
        return {.widen = 0.25, .deepen = 0.33, .separable = true};
    }
    if (name == "t") {
        return {.widen = 0.375, .deepen = 0.167};
    }
    if (name == "s") {
        return {.widen = 0.5, .deepen = 0.33};
    }
    if (name == "m") {
        return {.widen = 0.75, .deepen = 0.67};
    }
    if (name == "l") {
        return {.widen = 1, .deepen = 1};
    }
    throw std::runtime_error("no size " + name);
}

/// A checkpoint with every parameter of an architecture, all 0: each tensor repeats one number.
template <class Architecture>
MemoryCheckpoint made_checkpoint(const Architecture& architecture) {
    const StateDict nothing({});
    MemoryCheckpoint checkpoint("made.pth");
    // The survey's list of what is missing is the list of what there is to have.
    Parameters parameters(nothing, Parameters::Purpose::kSurvey);
    if constexpr (std::is_same_v<Architecture, RtmPoseArchitecture>) {
        build_rtmpose(architecture, parameters, "made");
    } else {
        build_rtmdet(architecture, parameters, "made");
    }
    for (const Parameters::Request& request : parameters.requests()) {
        checkpoint.add_repeated(request.key, request.shape);
    }
    return checkpoint;
}

}  // namespace closet::test
