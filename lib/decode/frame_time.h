#pragma once

#include <cstdint>

#include "core/av_compat.h"
#include "core/media_info.h"

namespace closet {

/// Time stamps beyond this come from damaged files; arithmetic on them would overflow.
inline constexpr std::int64_t kMaxTimestamp = std::int64_t{1} << 60;

/// In the stream's time base, 0 where unknown.
inline std::int64_t duration_of(const AVFrame& image) {
    const std::int64_t duration = raw_duration(image);
    return duration > 0 && duration < kMaxTimestamp ? duration : 0;
}

/// True where nothing before this picture is needed to decode it and what follows. HEVC has
/// pictures of one kind (I) that others reach across.
inline bool is_key_picture(const AVFrame& image, AVCodecID codec) {
    return is_marked_key(image) ||
           (image.pict_type == AV_PICTURE_TYPE_I && codec != AV_CODEC_ID_HEVC);
}

}  // namespace closet
