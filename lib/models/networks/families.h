#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/networks/graph_writer.h"
#include "models/networks/key_report.h"
#include "models/networks/state_dict.h"

namespace closet {

/// Note [Networks without a graph]
/// A graph (models/graph) is a chain of pictures of fixed sizes. Transformers over words, networks
/// of several inputs and networks that make their filters while they run are none. Such a family
/// lists its weights here, so that its files are recognized, surveyed and loaded like all others,
/// and is computed by functions over LibTorch's operators (models/functional).

/// A tensor of a network without a graph.
struct WeightSpec {
    std::string key;
    Parameters::Shape shape;
    float start = 0;  ///< of each number where the checkpoint may lack it and does
};

/// The network that a checkpoint's weights belong to.
struct RecognizedNetwork {
    std::string text;  ///< the field's name and sizes: "rtmpose-s 256x192, 17 keypoints"
    std::int64_t input_height = 0, input_width = 0;  ///< pixels; 0: any
    std::string channels;                            ///< order of the input's: "RGB" or "BGR"
    std::string counted;     ///< what it tells apart: "keypoints", "classes"
    std::int64_t count = 0;  ///< of those

    /// Lays down the graph with the parameters' numbers. `name` is for messages; `taps`: labels of
    /// further outputs, for tests. Throws ModelError where no such network can be built. Empty
    /// where `weights` is not.
    std::function<NetworkGraph(Parameters& parameters, const std::string& name,
                               std::span<const std::string> taps)>
        build{};

    /// What a network holds that is no graph (see Note [Networks without a graph]).
    std::vector<WeightSpec> weights{};

    /// Keys that begin so are not read and not unexpected, of a network without a graph.
    std::vector<std::string> left_aside{};
};

/// What a family says to a checkpoint: nothing where it is none of it. Throws ModelError where it
/// is one of sizes that no known network has.
using RecognizeNetwork = std::optional<RecognizedNetwork>(const StateDict& state);

/// The first family's answer, see the list in families.cpp.
RecognizeNetwork recognize_network;

/// The names of all families, for messages: "RTMPose, RTMDet or U-2-Net".
std::string family_names();

/// How the checkpoint's keys fit the network, without reading a weight.
KeyReport survey(const RecognizedNetwork& network, const StateDict& state);

struct LoadedNetwork {
    NetworkGraph graph;  ///< for `make_network`, with its own copy of the weights
    KeyReport keys;
};

/// Reads the weights. `allow_partial`: parameters that the checkpoint lacks, or has in another
/// shape, keep their start values: 1 for the scales of normalizations, 0 for everything else
/// (PyTorch's random ones cannot be reproduced and would serve no better); keys that the network
/// has no use for are ignored. Else throws ModelError for them; `name`, the file's, is for the
/// message.
LoadedNetwork load_network(const RecognizedNetwork& network, const StateDict& state,
                           const std::string& name, bool allow_partial,
                           std::span<const std::string> taps = {});

/// The weights of a network without a graph, in the order of its list.
struct LoadedWeights {
    std::vector<std::pair<WeightSpec, std::vector<float>>> tensors;
    KeyReport keys;
};

/// As `load_network`.
LoadedWeights load_weights(const RecognizedNetwork& network, const StateDict& state,
                           const std::string& name, bool allow_partial);

}  // namespace closet
