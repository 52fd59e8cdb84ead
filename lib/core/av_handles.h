#pragma once

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/buffer.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

namespace closet {

/// Calls a libav "free" function that takes the address of the pointer. Empty, so that the
/// unique_ptr stays as large as a pointer.
template <auto Free>
struct FreeByAddress {
    template <class T>
    void operator()(T* handle) const {
        Free(&handle);
    }
};

struct FreeSws {
    void operator()(SwsContext* context) const { sws_freeContext(context); }
};

/// An output context owns its AVIOContext (unless the muxer opens files itself); an input context
/// is closed differently, hence two types.
struct FreeOutput {
    void operator()(AVFormatContext* context) const;
};

using AvFrame = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using AvPacket = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using AvCodecContext = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using AvCodecParameters =
    std::unique_ptr<AVCodecParameters, FreeByAddress<avcodec_parameters_free>>;
using AvBuffer = std::unique_ptr<AVBufferRef, FreeByAddress<av_buffer_unref>>;
using AvBufferPool = std::unique_ptr<AVBufferPool, FreeByAddress<av_buffer_pool_uninit>>;
using AvDictionary = std::unique_ptr<AVDictionary, FreeByAddress<av_dict_free>>;
using AvInput = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
using AvOutput = std::unique_ptr<AVFormatContext, FreeOutput>;
using AvScaler = std::unique_ptr<SwsContext, FreeSws>;
static_assert(sizeof(AvFrame) == sizeof(AVFrame*));

/// Allocated, empty. Throws std::bad_alloc.
AvFrame make_av_frame();
AvPacket make_av_packet();

/// A new AVFrame that references the same pixels and copies the properties of `source`.
AvFrame reference(const AVFrame& source);

/// A picture's format, size and properties. Throws MediaError.
AvFrame without_pixels(const AVFrame& source);

}  // namespace closet
