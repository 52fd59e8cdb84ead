#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/error.h"
#include "models/networks/families.h"
#include "models/networks/formula_checkpoint.h"
#include "models/onnx/graph_builder.h"
#include "models/tflite/graph_builder.h"

namespace closet::dev {

/// The graph of a network file: .tflite, .onnx, a checkpoint of a known family, or a recipe_*.json
/// of one (weights that follow from a formula). "FILE.onnx@353x257" gives height and width where
/// the file leaves them open.
inline NetworkGraph graph_of_file(const std::string& argument) {
    const std::size_t at = argument.rfind('@');
    const std::string path = argument.substr(0, at);
    if (path.ends_with(".tflite")) {
        return build_graph(read_tflite(path), {});
    }
    if (path.ends_with(".onnx")) {
        std::array<std::int64_t, 2> size{};
        if (at != std::string::npos) {
            const std::string text = argument.substr(at + 1);
            size = {std::stoll(text), std::stoll(text.substr(text.find('x') + 1))};
        }
        return build_graph(read_onnx(path), {}, size);
    }
    const std::shared_ptr<const Checkpoint> checkpoint =
        path.ends_with(".json")
            ? std::make_shared<test::MemoryCheckpoint>(test::formula_checkpoint(path))
            : read_checkpoint(path);
    const StateDict state(checkpoint->tensors());
    const auto network = recognize_network(state);
    if (!network) {
        throw ModelError(path + " is no " + family_names());
    }
    return load_network(*network, state, path, false).graph;
}

}  // namespace closet::dev
