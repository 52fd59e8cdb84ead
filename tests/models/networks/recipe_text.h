#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "formula_checkpoint.h"
#include "models/networks/families.h"

namespace closet::test {

/// A checkpoint with the keys and shapes of a recipe; no numbers are made.
inline MemoryCheckpoint keys_of(const std::filesystem::path& recipe) {
    MemoryCheckpoint checkpoint("made.pth");
    for (const FormulaTensor& tensor : read_recipe(recipe)) {
        checkpoint.add_repeated(tensor.name, tensor.shape);
    }
    return checkpoint;
}

/// What `recognize_network` says of a checkpoint whose keys must all fit.
inline std::string text_of(const MemoryCheckpoint& checkpoint, std::string* prefix = nullptr) {
    const StateDict state(checkpoint.tensors());
    const auto found = recognize_network(state);
    REQUIRE(found);
    const KeyReport report = survey(*found, state);
    CHECK(report.complete());
    if (prefix != nullptr) {
        *prefix = report.prefix;
    }
    return found->text;
}
inline std::string text_of(const std::filesystem::path& recipe, std::string* prefix = nullptr) {
    return text_of(keys_of(recipe), prefix);
}

}  // namespace closet::test
