#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/error.h"
#include "models/networks/families.h"
#include "models/networks/formula_checkpoint.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/openpose/openpose.h"
#include "models/onnx/graph_builder.h"
#include "models/tflite/graph_builder.h"

namespace closet::dev {

/// The graph of a network file: .tflite, .onnx, a checkpoint of a known family, or a recipe_*.json
/// of one (weights that follow from a formula). "FILE@353x257" gives height and width where an
/// .onnx file leaves them open, and to HRNets and OpenPose.
inline NetworkGraph graph_of_file(const std::string& argument) {
    const std::size_t at = argument.rfind('@');
    const std::string path = argument.substr(0, at);
    if (path.ends_with(".tflite")) {
        return build_graph(read_tflite(path), {});
    }
    std::array<std::int64_t, 2> size{};
    if (at != std::string::npos) {
        const std::string text = argument.substr(at + 1);
        size = {std::stoll(text), std::stoll(text.substr(text.find('x') + 1))};
    }
    if (path.ends_with(".onnx")) {
        return build_graph(read_onnx(path), {}, size);
    }
    const std::shared_ptr<const Checkpoint> checkpoint =
        path.ends_with(".json")
            ? std::make_shared<test::MemoryCheckpoint>(test::formula_checkpoint(path))
            : read_checkpoint(path);
    const StateDict state(checkpoint->tensors());
    if (at != std::string::npos) {
        const LoadOptions options{.input = std::pair(size[1], size[0])};
        if (recognize_hrnet(state)) {
            return load_hrnet(*checkpoint, options).graph;
        }
        if (recognize_openpose(state)) {
            return load_openpose(*checkpoint, options).graph;
        }
    }
    const auto network = recognize_network(state);
    if (!network) {
        throw ModelError(path + " is no " + family_names());
    }
    return load_network(*network, state, path, false).graph;
}

}  // namespace closet::dev
