#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/media_info.h"

namespace closet {

/// Prepares an output with what the input had, before its header is written.

/// Output stream of each input stream; kNotCopied for those that the container cannot hold.
using StreamMap = std::vector<int>;
inline constexpr int kNotCopied = -1;

/// The encoded video, as containers describe it.
struct EncodedVideo {
    AvCodecParameters codec;        ///< never null
    AVRational time_base{0, 1};     ///< of the encoder's packets
    std::vector<SideData> light{};  ///< see light_metadata
    Orientation orientation{};      ///< how the encoded pictures are to be shown
};

/// Adds one output stream for each input stream, in order: the video as its opened encoder makes
/// it, the others as they are. Tells, with the remedy, of each stream that is left out since the
/// muxer does not take it: by its tables, or when a header is tried (into memory). What a muxer
/// calls experimental is allowed where a stream needs it. `path` is the output's name, for
/// messages.
StreamMap add_streams(AVFormatContext& output, const MediaInfo& info, const EncodedVideo& video,
                      const std::string& path);

/// Tells how the encoded pictures, whose size is known, are to be shown: by the input's own display
/// matrix where it says the same.
void tell_orientation(AVStream& target, const StreamInfo& source, Orientation orientation);

/// Title, comments and chapters, these moved by `origin_us` of the input's clock, which is 0 in the
/// output.
void copy_metadata(AVFormatContext& output, const MediaInfo& info, std::int64_t origin_us);

}  // namespace closet
