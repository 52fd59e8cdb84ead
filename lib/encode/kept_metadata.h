#pragma once

#include <vector>

#include "core/media_info.h"

namespace closet {

/// What a group of tags belongs to.
enum class TagsOf {
    kFile,    ///< title, comments: of the clip as a whole, or of a chapter
    kCopied,  ///< of a stream whose packets are copied
    kVideo,   ///< of the stream that is encoded anew
};

/// Copies the tags that hold for the new file too. What describes the old file (its brands, the
/// program that wrote it, sizes and rates that a program counted) is left out, and so is, for the
/// encoded video, what described the old encoding.
void copy_tags(AVDictionary*& target, const Tags& tags, TagsOf owner);

/// What a master's display and its brightest content were (SMPTE ST 2086, CTA-861.3), from the
/// stream's description or else from its first frame, where most HEVC streams alone have it.
std::vector<SideData> light_metadata(const AVFrame& first, const StreamInfo& stream);

/// Has x264 and x265 repeat the metadata in the bitstream, unless their parameters already tell
/// it. Call before the encoder is opened. Other encoders leave it to the container.
void set_light_metadata(AVCodecContext& encoder, const std::vector<SideData>& metadata);

/// Describes a stream of an output with the metadata that it is not described with yet.
void add_light_metadata(AVStream& stream, const std::vector<SideData>& metadata);

}  // namespace closet
