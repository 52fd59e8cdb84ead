#pragma once

#include <string>

#include "core/av_handles.h"

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

}  // namespace closet
