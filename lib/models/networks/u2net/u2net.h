#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"
#include "models/networks/graph_writer.h"
#include "models/networks/load_as.h"

namespace closet {

/// Channels of a residual U-block (RSU).
struct RsuSize {
    std::int64_t middle = 0;  ///< inside
    std::int64_t out = 0;     ///< of its result

    friend bool operator==(const RsuSize&, const RsuSize&) = default;
};

/// U-2-Net: a U of U-shaped blocks that tells the salient thing of a picture from its ground (Qin
/// et al. 2020), and the same network trained on four classes of clothes.
struct U2NetArchitecture {
    static constexpr std::size_t kStages = 11;

    /// Stages 1 to 6 on the way down, then 5 to 1 on the way up.
    std::array<RsuSize, kStages> stages{};

    /// 1: how salient a pixel is. 4: background, upper clothes, lower clothes, full body, in this
    /// order (cloth_segm_u2net).
    std::int64_t classes = 1;

    /// Pixels, any. A checkpoint does not say it: what `recognize_u2net` gives is what the
    /// published ones were trained for, 320 x 320, and 768 x 768 with classes.
    std::int64_t input_width = 320, input_height = 320;

    friend bool operator==(const U2NetArchitecture&, const U2NetArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes: all widths are read from the weights. Nothing
/// where it is no U-2-Net. Throws ModelError for widths or classes that none can have.
std::optional<U2NetArchitecture> recognize_u2net(const StateDict& state);

/// "u2netp 320x320, 1 class", "u2net-cloth 768x768, 4 classes": height before width.
std::string to_string(const U2NetArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const U2NetArchitecture& architecture);

/// The graph. Input: an RGB picture. With one class, as rembg has it: value / largest value of the
/// picture, minus 0.485, 0.456, 0.406, over 0.229, 0.224, 0.225; with four, value / 127.5 - 1.
/// Output "d0", 1 x H x W x classes: with one class 0..1 (after a sigmoid), else logits. Taps, for
/// tests: "d1" to "d6" (as d0), "stage1" to "stage6", "stage5d" to "stage1d", "side1" to "side6"
/// and "outconv" (logits). Throws ModelError where a side is not 1 to 4096.
///
/// model/u2net.py (xuebinqin/U-2-Net @ ac7e1c8), as the reference data's architecture.md has it.
NetworkGraph build_u2net(const U2NetArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::span<const std::string> taps = {});

using U2Net = NetworkOf<U2NetArchitecture>;

/// Throws ModelError where the checkpoint is no U-2-Net or lacks parameters (see allow_partial).
U2Net load_u2net(const Checkpoint& checkpoint, const LoadOptions& options = {});

}  // namespace closet
