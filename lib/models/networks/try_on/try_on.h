#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/networks/families.h"

namespace closet {

// The networks of two try-on systems (Note [Networks without a graph]): of CP-VTON (Wang et al.
// 2018) geometric matching and try-on module, of VITON-HD (Choi et al. 2021) segmentation,
// geometric matching and ALIAS generator. Widths are read from the weights, up to 4096 channels.
// Each `recognize` gives nothing where a checkpoint is none of its kind, and throws ModelError
// where it is one of shapes that none has.

/// Geometric matching (GMM) of either system: how a thin plate with 5 x 5 points has to be bent so
/// that a garment's photo fits a person.
struct GeometricMatching {
    static constexpr std::int64_t kHeight = 256, kWidth = 192;  ///< of both inputs
    static constexpr std::int64_t kPointsAcross = 5;
    /// Channels of the person: what the two systems' files are told apart by.
    static constexpr std::int64_t kCpVton = 22, kVitonHd = 7;

    std::int64_t person_channels = kCpVton;
    std::array<std::int64_t, 6> features{64, 128, 256, 512, 512, 512};  ///< of both extractions
    std::array<std::int64_t, 4> regression{512, 256, 128, 64};

    bool is_viton_hd() const { return person_channels == kVitonHd; }
    friend bool operator==(const GeometricMatching&, const GeometricMatching&) = default;
};
std::optional<GeometricMatching> recognize_geometric_matching(const StateDict& state);
RecognizedNetwork describe(const GeometricMatching& architecture);

/// The try-on module (TOM) of CP-VTON, a U-Net of six levels: person (22 channels) and warped
/// garment (3) become a picture of the person and the mask of where the garment belongs.
struct TryOnModule {
    static constexpr std::int64_t kHeight = 256, kWidth = 192;
    static constexpr std::int64_t kInputs = 25, kOutputs = 4;
    static constexpr std::size_t kLevels = 6;

    std::array<std::int64_t, kLevels> widths{64, 128, 256, 512, 512, 512};  ///< on the way down

    friend bool operator==(const TryOnModule&, const TryOnModule&) = default;
};
std::optional<TryOnModule> recognize_try_on_module(const StateDict& state);
RecognizedNetwork describe(const TryOnModule& architecture);
/// "model.model.1.model.3.model" and so on: where the layers of a level, from 0, are.
std::string try_on_level(std::size_t level);
/// The entry of a level's convolution on the way up: 4 or 6.
std::size_t try_on_up_entry(std::size_t level);

/// The segmentation generator of VITON-HD, a U-Net of five levels: which of 13 classes each pixel
/// will be once the person wears the garment.
struct SegGenerator {
    static constexpr std::int64_t kHeight = 256, kWidth = 192;
    static constexpr std::int64_t kInputs = 21, kClasses = 13;

    std::array<std::int64_t, 5> widths{64, 128, 256, 512, 1024};

    friend bool operator==(const SegGenerator&, const SegGenerator&) = default;
};
std::optional<SegGenerator> recognize_seg_generator(const StateDict& state);
RecognizedNetwork describe(const SegGenerator& architecture);

/// The generator of VITON-HD, of alignment-aware segment normalization (ALIAS): eight residual
/// blocks, each at twice the size of the one before. The input is a picture of any size that is a
/// multiple of 128.
struct AliasGenerator {
    static constexpr std::int64_t kHeight = 1024, kWidth = 768;  ///< of the published weights
    static constexpr std::int64_t kMultiple = 128;               ///< sides of pictures are of it
    static constexpr std::int64_t kInputs = 9, kSegments = 7;
    static constexpr std::int64_t kFeatures = 16;  ///< of the input that every later block sees

    std::int64_t width = 64;         ///< ngf; the first block has 16 times as many channels
    std::int64_t norm_hidden = 128;  ///< channels inside of a normalization

    struct Block {
        std::string_view name;
        std::int64_t in = 0, out = 0;  ///< channels
        bool is_masked = false;        ///< normalizes what is misaligned by itself
        std::int64_t middle() const { return in < out ? in : out; }
        std::int64_t segments() const { return is_masked ? kSegments + 1 : kSegments; }
    };
    std::array<Block, 8> blocks() const;

    friend bool operator==(const AliasGenerator&, const AliasGenerator&) = default;
};
std::optional<AliasGenerator> recognize_alias_generator(const StateDict& state);
RecognizedNetwork describe(const AliasGenerator& architecture);

}  // namespace closet
