#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/networks/families.h"

namespace closet {

/// A .pth or .safetensors file.
struct CheckpointFacts {
    std::size_t tensors = 0;

    /// What it was recognized as, and how its keys fit that; nothing where that is unknown.
    std::optional<RecognizedNetwork> network;
    KeyReport keys;

    /// What the file says about its training, see Checkpoint::metadata.
    std::vector<std::pair<std::string, std::string>> metadata;
};

/// A .tflite or .onnx file, which brings its graph.
struct GraphFacts {
    struct Tensor {
        std::string name, type;           ///< type: "float32", mostly
        std::vector<std::int64_t> shape;  ///< -1 where the file leaves the extent open
    };
    std::vector<Tensor> inputs, outputs;
    std::vector<std::pair<std::string, std::size_t>> operators;  ///< names and how often, sorted
    std::size_t parameters = 0;  ///< numbers in its weights; 0 where that is not counted (.tflite)

    /// What would run it: "own kernels", or "LibTorch" and why; empty where it cannot be used.
    /// Where the file leaves the picture's size open, at 256 x 256.
    std::string backend;
};

/// What can be told of a model file without running it.
struct Inspection {
    std::filesystem::path path;
    std::uint64_t size = 0;  ///< bytes
    std::string sha256;      ///< 64 hex digits

    std::string known_as;  ///< the model of the store's list that it is; mostly empty

    /// Whether the file is what its name says: a model of the store's list that has this file name,
    /// else one whose hash begins with the 8 digits at the end of an OpenMMLab file name
    /// ("...-acd4a1ef_20230504.pth"). Unset where the name says nothing.
    std::optional<bool> name_matches_hash;

    std::string format;  ///< for people
    std::variant<CheckpointFacts, GraphFacts> facts;

    /// Why it cannot be used although it can be read, one sentence; mostly empty.
    std::string problem;
};

/// Reads no weights beyond the hash. Throws Error where the file cannot be read or is damaged.
Inspection inspect_model(const std::filesystem::path& path);

/// The 8 hex digits that OpenMMLab (and torch.hub) put at the end of a file's name.
std::optional<std::string> hash_in_name(const std::filesystem::path& path);

}  // namespace closet
