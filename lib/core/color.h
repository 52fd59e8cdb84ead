#pragma once

#include "core/av_handles.h"

namespace closet {

/// What the samples of a picture mean: one set of rules for everybody who reads or paints pixels.
///
/// Note [Untagged pictures]
/// - Matrix: where nothing usable is tagged, BT.709 from 1280 columns or 577 rows on, else BT.601,
///   as mpv takes it. RGB is RGB whatever the tag says, and YUV that claims to be RGB is untagged.
/// - Range: RGB and the yuvj formats are full whatever the tag says, as swscale takes them. Grey is
///   full unless it is tagged limited, all other YUV is limited unless it is tagged full.
/// - Transfer and primaries: BT.709's, but BT.2020's primaries for pictures with its matrix and for
///   PQ and HLG, which nobody uses with others without saying so.

/// RGB in any layout, palettes too.
bool is_rgb(AVPixelFormat format);

/// Grey, with or without alpha: no RGB and no chroma.
bool is_grey(AVPixelFormat format);

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

}  // namespace closet
