#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/checkpoint/checkpoint.h"
#include "models/networks/families.h"

namespace closet {

/// The three networks of MTCNN (Zhang et al. 2016, "Joint Face Detection and Alignment using
/// Multi-task Cascaded Convolutional Networks"), as facenet-pytorch has them: each one looks closer
/// at what the one before lets pass.
enum class MtcnnStage {
    kProposal,  ///< P-Net: any picture from 12 x 12 on, one verdict a 12 x 12 window, stride 2
    kRefine,    ///< R-Net: 24 x 24
    kOutput,    ///< O-Net: 48 x 48, with five points of the face
};

/// "pnet", "rnet", "onet": the files' names, and what stands before their keys where one file holds
/// all three.
std::string_view to_string(MtcnnStage stage);

/// Which one a checkpoint is; nothing where it is none.
std::optional<MtcnnStage> recognize_mtcnn(const StateDict& state);

/// The same for the list of families.
RecognizedNetwork describe(MtcnnStage stage);

/// Lays down the graph for a picture of that size (R-Net and O-Net have one size only). Input: RGB,
/// (v - 127.5) / 128. Outputs: "box", 4 offsets of the box's corners in box sides, x0 y0 x1 y1;
/// "face", 2 logits, no face and face; O-Net's "points", 5 x then 5 y in shares of the box. Labels
/// "prelu1".. as the modules are called. Throws ModelError for a picture that is too small.
NetworkGraph build_mtcnn(MtcnnStage stage, Parameters& parameters, const std::string& name,
                         std::int64_t height, std::int64_t width,
                         std::span<const std::string> taps = {});

/// Side of the picture that a stage takes, pixels; of P-Net the least one.
std::int64_t input_side(MtcnnStage stage);

/// The graph of one stage from a checkpoint that holds it alone, or all three under "pnet.",
/// "rnet." and "onet.". Throws ModelError where it does not hold all of the stage's parameters.
NetworkGraph load_mtcnn(MtcnnStage stage, const Checkpoint& checkpoint, std::int64_t height,
                        std::int64_t width, std::span<const std::string> taps = {});

}  // namespace closet
