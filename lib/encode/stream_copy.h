#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/media_info.h"

namespace closet {

/// Prepares an output with what the input had, before its header is written.

/// Output stream of each input stream; kNotCopied for those that the container cannot hold.
using StreamMap = std::vector<int>;
inline constexpr int kNotCopied = -1;

/// Adds one output stream for each input stream, in order: the copied ones complete, the video
/// with all but what its encoder will tell. Warns, with the remedy, about each stream that the
/// container does not take.
StreamMap add_streams(AVFormatContext& output, const MediaInfo& info, const std::string& path);

/// Tells how the encoded pictures, whose size is known, are to be shown: by the input's own display
/// matrix where it says the same.
void tell_orientation(AVStream& target, const StreamInfo& source, Orientation orientation);

/// Title, comments and chapters; what describes the old file (its brands, its encoder) is left out.
void copy_metadata(AVFormatContext& output, const MediaInfo& info);

}  // namespace closet
