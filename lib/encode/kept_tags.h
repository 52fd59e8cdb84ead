#pragma once

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

}  // namespace closet
