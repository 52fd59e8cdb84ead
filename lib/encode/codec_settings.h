#pragma once

#include <filesystem>

#include "core/av_handles.h"
#include "decode/pixel_convert.h"
#include "encode/encode_options.h"
#include "encode/mux.h"

namespace closet {

/// The encoder that the options name, or for a picture the one of the file's ending. Throws
/// ConfigError where there is none or where the container cannot hold what it makes.
const AVCodec& choose_encoder(const EncodeOptions& options, const Mux& mux);

/// Sets quality, speed, threads and the free `-e key=value` pairs, each on the encoder or, where it
/// does not know the key, on the muxer. Throws ConfigError naming the flag.
void apply_options(AVCodecContext& encoder, Mux& mux, const EncodeOptions& options);

/// Whether it is one that takes frames that are on an NVIDIA card.
bool takes_device_frames(const AVCodec& codec);

/// How pictures like `frame` have to be stored for an encoder: as they are wherever it takes that.
/// H.264 and HEVC cannot code odd sizes with halved chroma; those get full chroma, so that neither
/// the size nor a luma sample changes. `wanted`, where it is a format, is the user's own choice
/// (`-e pixel_format=...`); ConfigError where the encoder does not take it.
PixelLayout choose_layout(const AVCodec& codec, const AVFrame& frame,
                          AVPixelFormat wanted = AV_PIX_FMT_NONE);

}  // namespace closet
