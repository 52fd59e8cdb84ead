#pragma once

#include <string>

#include "core/av_handles.h"
#include "encode/encode_options.h"

namespace closet {

enum class TargetKind { kNone, kPipe, kAddress, kDevice, kFile };

/// By the name, and by what lies under it: a FIFO is a pipe, a character device a device.
TargetKind kind_of_target(const std::string& target);

/// The muxer that `name` (see LiveOutputOptions::format) or, where it is empty, the target asks
/// for. Throws ConfigError where there is none, or where it does not write to such a target.
const AVOutputFormat& choose_muxer(TargetKind kind, const std::string& target,
                                   const std::string& name);

bool is_y4m(const AVOutputFormat& format);
bool is_raw(const AVOutputFormat& format);

/// `format` where Y4M can store it, else the nearest that it can.
AVPixelFormat y4m_format(AVPixelFormat format);

/// The options with what keeps an encoder from holding frames back, and a key frame every two
/// seconds: so long does whoever joins a stream wait, and so much does an interrupted file lose.
/// Files of the mov family are written in fragments: otherwise they were nothing without their end,
/// and their index would grow in memory. What the user gave stays.
EncodeOptions live_encode_options(EncodeOptions options, const AVOutputFormat& format, double rate);

/// True where a container stores any time stamp; others have a frame at each tick of their rate.
bool keeps_times(const AVOutputFormat& format);

}  // namespace closet
