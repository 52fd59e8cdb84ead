#pragma once

#include <array>
#include <cstdint>

#include "core/av_handles.h"

namespace closet {

/// What the samples of a picture mean: one set of rules for everybody who reads or paints pixels.
///
/// Note [Untagged pictures]
/// - Matrix: where nothing usable is tagged, BT.709 from 1280 columns or 577 rows on, else BT.601,
///   as mpv takes it. RGB is RGB whatever the tag says, and YUV that claims to be RGB is untagged.
/// - Range: RGB and the yuvj formats are full whatever the tag says, as swscale takes them. Gray is
///   full unless it is tagged limited, all other YUV is limited unless it is tagged full.
/// - Transfer and primaries: BT.709's, but BT.2020's primaries for pictures with its matrix and for
///   PQ and HLG, which nobody uses with others without saying so.

/// RGB in any layout, palettes too.
bool is_rgb(AVPixelFormat format);

/// Gray, with or without alpha: no RGB and no chroma.
bool is_gray(AVPixelFormat format);

bool has_alpha(AVPixelFormat format);

/// True where nothing of a paintable picture (core/pixel_format.h) is transparent.
bool is_opaque(const AVFrame& frame);

/// Never unspecified; AVCOL_SPC_RGB for RGB.
AVColorSpace matrix_of(const AVFrame& frame);

/// True where the samples span all levels, false where they leave room at both ends.
bool is_full_range(const AVFrame& frame);

/// Never unspecified. All that is shown like BT.709 (BT.601, BT.2020 SDR, sRGB, xvYCC) is BT.709.
AVColorTransferCharacteristic transfer_of(const AVFrame& frame);

/// Never unspecified; those of BT.709 for numbers that nobody has defined.
AVColorPrimaries primaries_of(const AVFrame& frame);

/// Transfer curves, display-referred: between code values R' G' B' of 0 .. 1 and light, where 1 is
/// diffuse white, what a white sheet of paper in the picture has.
///
/// Note [Diffuse white]
/// ITU-R BT.2408: 203 cd/m2 in PQ, 75 % of HLG, which are the same light on a display of 1000
/// cd/m2. All other curves have it at code value 1. BT.709 and what is shown like it counts as
/// sRGB, so that SDR code values pass as they are.
inline constexpr double kDiffuseWhiteNits = 203.0;

/// Light of a code value, 0 and more. `transfer` is one that transfer_of (core/color.h) gives. HLG
/// is taken for gray, through the OOTF of a display of 1000 cd/m2 (BT.2100).
double light_of(AVColorTransferCharacteristic transfer, double code);

/// Code value of light, limited to 0 .. 1; the inverse.
double code_of(AVColorTransferCharacteristic transfer, double light);

/// HLG's own curve from scene light to code value (BT.2100, table 5), without the OOTF.
double hlg_code_of_scene(double scene);
/// HLG's nominal peak and the exponent of its OOTF there.
inline constexpr double kHlgPeakNits = 1000.0, kHlgGamma = 1.2;

/// For each 8-bit code value the sRGB value that looks alike on an SDR screen: highlights above
/// diffuse white are compressed into the last fifth. Null for pictures that are SDR already.
const std::array<std::uint8_t, 256>* sdr_curve(const AVFrame& frame);

}  // namespace closet
