#pragma once

#include <algorithm>
#include <cstdint>
#include <new>
#include <span>

#include "core/av_handles.h"

/// What changed its place in libav between FFmpeg 5.1 and 7.1, so that nothing else asks for
/// versions.
namespace closet {

/// Of one frame, in its time base; 0 where unknown. A member of its own since FFmpeg 6.0.
inline std::int64_t raw_duration(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame.duration;
#else
    return frame.pkt_duration;
#endif
}

/// Marked by its decoder as a key frame. A flag of the frame since FFmpeg 6.1.
inline bool is_marked_key(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 29, 100)
    return (frame.flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame.key_frame != 0;
#endif
}

/// Whether the Matroska muxer itself adds the delay of a codec to its times, as since FFmpeg 6.0.
/// Older ones declare the delay of Opus alone, and leave it to others to add it.
inline constexpr bool kMatroskaAddsDelay = LIBAVFORMAT_VERSION_MAJOR >= 60;

/// How the lines of a frame belong to fields. Flags of the frame since FFmpeg 6.1.
struct FieldOrder {
    bool is_interlaced = false;
    bool is_top_first = false;
};

inline FieldOrder field_order_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    return {(frame.flags & AV_FRAME_FLAG_INTERLACED) != 0,
            (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0};
#else
    return {frame.interlaced_frame != 0, frame.top_field_first != 0};
#endif
}

inline void set_field_order(AVFrame& frame, FieldOrder order) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    frame.flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    frame.flags |= (order.is_interlaced ? AV_FRAME_FLAG_INTERLACED : 0) |
                   (order.is_top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
    frame.interlaced_frame = order.is_interlaced ? 1 : 0;
    frame.top_field_first = order.is_top_first ? 1 : 0;
#endif
}

/// What a codec takes; empty where it does not tell. A member of AVCodec until FFmpeg 7.0.
inline std::span<const AVPixelFormat> pixel_formats_of(const AVCodec& codec) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(61, 13, 100)
    const void* formats = nullptr;
    int count = 0;
    const int code = avcodec_get_supported_config(nullptr, &codec, AV_CODEC_CONFIG_PIX_FORMAT, 0,
                                                  &formats, &count);
    if (code < 0 || formats == nullptr) {
        return {};
    }
    return {static_cast<const AVPixelFormat*>(formats), static_cast<std::size_t>(count)};
#else
    const AVPixelFormat* end = codec.pix_fmts;
    while (end != nullptr && *end != AV_PIX_FMT_NONE) {
        ++end;
    }
    return {codec.pix_fmts, end};
#endif
}

/// What the writer of an AVIOContext is given. Constant since FFmpeg 7.0.
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(61, 0, 100)
using WrittenByte = const std::uint8_t;
#else
using WrittenByte = std::uint8_t;
#endif

/// Side data of a whole stream. Part of the codec's parameters since FFmpeg 6.1.
inline std::span<const AVPacketSideData> side_data_of(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    const AVCodecParameters& codec = *stream.codecpar;
    return {codec.coded_side_data, static_cast<std::size_t>(codec.nb_coded_side_data)};
#else
    return {stream.side_data, static_cast<std::size_t>(stream.nb_side_data)};
#endif
}

/// In place of what the stream has of that type.
inline void set_side_data(AVStream& stream, AVPacketSideDataType type,
                          std::span<const std::uint8_t> bytes) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    AVCodecParameters& codec = *stream.codecpar;
    const AVPacketSideData* side = av_packet_side_data_new(
        &codec.coded_side_data, &codec.nb_coded_side_data, type, bytes.size(), 0);
    std::uint8_t* target = side != nullptr ? side->data : nullptr;
#else
    std::uint8_t* target = av_stream_new_side_data(&stream, type, bytes.size());
#endif
    if (target == nullptr) {
        throw std::bad_alloc();
    }
    std::copy(bytes.begin(), bytes.end(), target);
}

}  // namespace closet
