#include "encode/codec_settings.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "core/av_compat.h"
#include "core/color.h"
#include "core/error.h"
#include "core/pixel_format.h"

namespace closet {
namespace {

/// JPEG quality 2 of libav's 1 to 31: no visible loss. Its default aims at 200 kbit a second.
constexpr int kJpegQuality = 2;

const AVCodec& picture_encoder(const std::string& path) {
    const AVOutputFormat* by_name = av_guess_format(nullptr, path.c_str(), nullptr);
    const AVCodecID id =
        av_guess_codec(by_name, nullptr, path.c_str(), nullptr, AVMEDIA_TYPE_VIDEO);
    // libav's first choice for WebP is the encoder of animations.
    const AVCodec* codec =
        id == AV_CODEC_ID_WEBP ? avcodec_find_encoder_by_name("libwebp") : avcodec_find_encoder(id);
    if (codec == nullptr) {
        throw ConfigError(fmt::format(
            "cannot write {}: this build of libav has no encoder for it, use .png or .jpg", path));
    }
    return *codec;
}

/// An option of the encoder itself, not one that all codecs share.
const AVOption* own_option(AVCodecContext& encoder, const char* name) {
    return encoder.priv_data != nullptr ? av_opt_find(encoder.priv_data, name, nullptr, 0, 0)
                                        : nullptr;
}

/// True where `-e` sets the quality or the rate another way: the default crf would win over it.
bool has_own_rate(const EncodeOptions& options) {
    constexpr std::string_view kRateKeys[]{"b", "qp", "cq", "crf", "global_quality", "rc"};
    return std::any_of(options.extra.begin(), options.extra.end(), [&](const auto& pair) {
        return std::find(std::begin(kRateKeys), std::end(kRateKeys), pair.first) !=
               std::end(kRateKeys);
    });
}

void set_quality(AVCodecContext& encoder, const EncodeOptions& options) {
    if (!options.crf || (options.crf == EncodeOptions{}.crf && has_own_rate(options))) {
        return;
    }
    // NVIDIA's encoders call constant quality "cq"; it binds only without a target rate.
    const char* name = own_option(encoder, "crf") != nullptr  ? "crf"
                       : own_option(encoder, "cq") != nullptr ? "cq"
                                                              : nullptr;
    if (name == nullptr) {
        if (options.crf != EncodeOptions{}.crf) {
            throw ConfigError(fmt::format(
                "{} {}: {} has no constant quality, use {} to set what it has (ffmpeg -h "
                "encoder={})",
                flags::kCrf, *options.crf, encoder.codec->name, flags::kEncodeOption,
                encoder.codec->name));
        }
        return;
    }
    if (std::string_view(name) == "cq") {
        encoder.bit_rate = 0;
    }
    if (av_opt_set(encoder.priv_data, name, fmt::format("{}", *options.crf).c_str(), 0) < 0) {
        throw ConfigError(fmt::format("{} {} is outside the range of {}", flags::kCrf, *options.crf,
                                      encoder.codec->name));
    }
}

void set_preset(AVCodecContext& encoder, const EncodeOptions& options) {
    if (!options.preset) {
        return;
    }
    const bool is_set = own_option(encoder, "preset") != nullptr &&
                        av_opt_set(encoder.priv_data, "preset", options.preset->c_str(), 0) >= 0;
    if (!is_set && options.preset != EncodeOptions{}.preset) {
        throw ConfigError(fmt::format("{} {}: {} knows no such preset (ffmpeg -h encoder={})",
                                      flags::kPreset, *options.preset, encoder.codec->name,
                                      encoder.codec->name));
    }
}

void set_extra(AVCodecContext& encoder, Mux& mux, const std::string& key,
               const std::string& value) {
    int code = av_opt_set(&encoder, key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
    if (code >= 0 && key == "strict") {  // a word to both: the muxer has experimental parts too
        code = av_opt_set(&mux.context(), key.c_str(), value.c_str(), 0);
    }
    if (code == AVERROR_OPTION_NOT_FOUND) {
        code = av_opt_set(&mux.context(), key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
    }
    if (code == AVERROR_OPTION_NOT_FOUND) {
        throw ConfigError(fmt::format(
            "-e {}={}: neither {} nor the {} muxer has an option \"{}\" (ffmpeg -h encoder={})",
            key, value, encoder.codec->name, mux.format().name, key, encoder.codec->name));
    }
    if (code < 0) {
        throw ConfigError(fmt::format("-e {}={}: the value is not one that \"{}\" takes ({})", key,
                                      value, key, av_error_text(code)));
    }
}

bool takes(const AVCodec& codec, AVPixelFormat format) {
    const std::span<const AVPixelFormat> formats = pixel_formats_of(codec);
    return formats.empty() || std::ranges::find(formats, format) != formats.end();
}

/// True where a picture of this size cannot be halved as the format asks, and the codec minds:
/// H.264 and HEVC count their size in whole chroma samples.
bool has_odd_size(const AVCodec& codec, const AVFrame& frame, AVPixelFormat format) {
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    return (codec.id == AV_CODEC_ID_H264 || codec.id == AV_CODEC_ID_HEVC) &&
           (frame.width % (1 << descriptor.log2_chroma_w) != 0 ||
            frame.height % (1 << descriptor.log2_chroma_h) != 0);
}

/// The format nearest to `format` among those of the encoder; with `full_chroma` among those that
/// do not halve the chroma.
AVPixelFormat nearest(const AVCodec& codec, AVPixelFormat format, bool full_chroma) {
    std::vector<AVPixelFormat> candidates;
    for (const AVPixelFormat each : pixel_formats_of(codec)) {
        const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(each);
        const bool is_full = descriptor.log2_chroma_w == 0 && descriptor.log2_chroma_h == 0 &&
                             descriptor.nb_components >= 3;
        if (!full_chroma || is_full) {
            candidates.push_back(each);
        }
    }
    candidates.push_back(AV_PIX_FMT_NONE);
    return nearest_format(candidates.data(), format);
}

/// yuv420p for yuvj420p and back; the pixels are the same, only the range is told differently.
AVPixelFormat twin(AVPixelFormat format) {
    constexpr AVPixelFormat kTwins[][2]{{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P},
                                        {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P},
                                        {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P}};
    for (const auto& pair : kTwins) {
        if (format == pair[0] || format == pair[1]) {
            return format == pair[0] ? pair[1] : pair[0];
        }
    }
    return AV_PIX_FMT_NONE;
}

}  // namespace

std::vector<Option> options_of(EncodeOptions& o) {
    const char* group = "Output";
    return {
        {.names = fmt::format("{},--encoder", flags::kEncoder),
         .group = group,
         .help = "libav's encoder; none discards the frames",
         .value = &o.codec},
        {.names = flags::kCrf,
         .group = group,
         .help = "constant quality, smaller is better",
         .value = &o.crf},
        {.names = flags::kPreset,
         .group = group,
         .help = "of the encoder, ultrafast to veryslow",
         .value = &o.preset},
        {.names = fmt::format("{},--encode-option", flags::kEncodeOption),
         .group = group,
         .help = "key=value for the encoder or the container; may repeat",
         .value = &o.extra},
        {.names = flags::kEncodeThreads,
         .group = group,
         .help = "encoder threads; 0 chooses",
         .value = &o.threads,
         .range = {0, 128}},
    };
}

const AVCodec& choose_encoder(const EncodeOptions& options, const Mux& mux) {
    const std::string path = mux.name();
    if (mux.is_picture()) {
        return picture_encoder(path);
    }
    const AVCodec* codec = avcodec_find_encoder_by_name(options.codec.c_str());
    if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
        throw ConfigError(fmt::format(
            "{} {}: this build of libav has no such video encoder (closet doctor lists some)",
            flags::kEncoder, options.codec));
    }
    if (avformat_query_codec(&mux.format(), codec->id, FF_COMPLIANCE_NORMAL) == 0) {
        const AVCodec* usual = avcodec_find_encoder(mux.format().video_codec);
        throw ConfigError(fmt::format(
            "{} {}: {} cannot hold {}, use {}.mp4 or .mkv", flags::kEncoder, options.codec, path,
            avcodec_get_name(codec->id),
            usual != nullptr ? fmt::format("{} {} or an output of ", flags::kEncoder, usual->name)
                             : std::string("an output of ")));
    }
    return *codec;
}

void apply_options(AVCodecContext& encoder, Mux& mux, const EncodeOptions& options) {
    encoder.thread_count = options.threads;
    if (!mux.is_picture()) {
        set_quality(encoder, options);
        set_preset(encoder, options);
    } else if (encoder.codec_id == AV_CODEC_ID_MJPEG) {
        encoder.flags |= AV_CODEC_FLAG_QSCALE;
        encoder.global_quality = kJpegQuality * FF_QP2LAMBDA;
    }
    for (const auto& [key, value] : options.extra) {
        set_extra(encoder, mux, key, value);
    }
}

bool takes_device_frames(const AVCodec& codec) {
    const std::span<const AVPixelFormat> formats = pixel_formats_of(codec);
    return std::ranges::find(formats, AV_PIX_FMT_CUDA) != formats.end();
}

PixelLayout choose_layout(const AVCodec& codec, const AVFrame& frame, AVPixelFormat wanted) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const bool is_jpeg = codec.id == AV_CODEC_ID_MJPEG;
    const AVPixelFormat other = twin(format);
    PixelLayout layout;
    layout.format = format;
    if (wanted != AV_PIX_FMT_NONE) {
        if (!takes(codec, wanted)) {
            throw ConfigError(
                fmt::format("-e pixel_format={}: {} does not take it (ffmpeg -h encoder={})",
                            av_get_pix_fmt_name(wanted), codec.name, codec.name));
        }
        layout.format = wanted;
    } else if (!takes(codec, format)) {
        layout.format =
            other != AV_PIX_FMT_NONE && takes(codec, other) ? other : nearest(codec, format, false);
    }
    if (wanted == AV_PIX_FMT_NONE && has_odd_size(codec, frame, layout.format)) {
        const AVPixelFormat full = nearest(codec, layout.format, true);
        layout.format = full != AV_PIX_FMT_NONE ? full : layout.format;
    }
    if (is_rgb(layout.format)) {
        return layout;
    }
    if (is_jpeg || codec.id == AV_CODEC_ID_WEBP) {  // both define their matrix and range
        layout.matrix = AVCOL_SPC_BT470BG;
        layout.range = is_jpeg ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    } else {
        const PixelLayout own = layout_of(frame);
        layout.matrix = is_rgb(format) ? AVCOL_SPC_UNSPECIFIED : own.matrix;
        layout.range = is_rgb(format) ? AVCOL_RANGE_UNSPECIFIED : own.range;
    }
    return layout;
}

}  // namespace closet
