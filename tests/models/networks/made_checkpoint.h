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

/// Every parameter that a network has, all 0: each tensor repeats one number.
inline MemoryCheckpoint whole_checkpoint(const RecognizedNetwork& network) {
    MemoryCheckpoint checkpoint("made.pth");
    for (const WeightSpec& weight : network.weights) {
        checkpoint.add_repeated(weight.key, weight.shape);
    }
    if (network.build) {
        const StateDict nothing({});
        Parameters parameters(nothing, Parameters::Purpose::kSurvey);
        network.build(parameters, "made.pth", {});
        for (const Parameters::Request& request : parameters.requests()) {
            checkpoint.add_repeated(request.key, request.shape);
        }
    }
    return checkpoint;
}
template <class Architecture>
MemoryCheckpoint whole_checkpoint(const Architecture& architecture) {
    return whole_checkpoint(describe(architecture));
}

}  // namespace closet::test
