#pragma once

#include "core/av_handles.h"
#include "encode/encode_options.h"

namespace closet {

/// The options with what keeps an encoder from holding frames back, and a key frame every two
/// seconds: so long does whoever joins a stream wait, and so much does an interrupted file lose.
/// Files of the mov family are written in fragments: otherwise they were nothing without their end,
/// and their index would grow in memory. What the user gave stays.
EncodeOptions live_encode_options(EncodeOptions options, const AVOutputFormat& format, double rate);

/// True where a container stores any time stamp; others have a frame at each tick of their rate.
bool keeps_times(const AVOutputFormat& format);

}  // namespace closet
