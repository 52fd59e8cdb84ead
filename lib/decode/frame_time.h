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

/// Degrees clockwise that show the picture upright: its own display matrix, else that of its
/// stream.
inline int rotation_of_frame(const AVFrame& image, int of_stream) {
    const AVFrameSideData* matrix = av_frame_get_side_data(&image, AV_FRAME_DATA_DISPLAYMATRIX);
    return matrix != nullptr ? rotation_of(matrix->data, matrix->size) : of_stream;
}

}  // namespace closet
