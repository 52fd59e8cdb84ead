#include "fit/matte_writer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/av_compat.h"
#include "core/error.h"

namespace closet {
namespace {

bool takes_gray(const AVCodec& codec) {
    const std::span<const AVPixelFormat> formats = pixel_formats_of(codec);
    return std::ranges::find(formats, AV_PIX_FMT_GRAY8) != formats.end();
}

bool is_lossless(AVCodecID id) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(id);
    return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
           (descriptor->props & AV_CODEC_PROP_LOSSY) == 0;
}

/// How a file of that name holds gray without loss; nothing where it does not.
std::optional<EncodeOptions> lossless_options(const std::filesystem::path& path) {
    const AVOutputFormat* format = av_guess_format(nullptr, path.c_str(), nullptr);
    if (format == nullptr) {
        return std::nullopt;
    }
    EncodeOptions options;
    options.crf.reset();
    options.preset.reset();
    const std::string_view name = format->name;
    if (name == "image2") {  // the ending says which codec, not the options
        const AVCodecID id =
            av_guess_codec(format, nullptr, path.c_str(), nullptr, AVMEDIA_TYPE_VIDEO);
        const AVCodec* encoder = avcodec_find_encoder(id);
        const bool is_fit = is_lossless(id) && encoder != nullptr && takes_gray(*encoder);
        return is_fit ? std::optional(options) : std::nullopt;
    }
    // Negative where libav does not know: the container has no number for the codec then.
    if (avformat_query_codec(format, AV_CODEC_ID_FFV1, FF_COMPLIANCE_NORMAL) > 0) {
        // Level 3 codes in slices, in threads, with a checksum each; key frames only, so that a
        // compositor gets at every frame at once.
        options.codec = "ffv1";
        options.extra = {{"level", "3"}, {"g", "1"}, {"slicecrc", "1"}};
        return options;
    }
    if (name == "mov") {  // QuickTime has no FFV1, and is the one that stores a rotation
        options.codec = "png";
        return options;
    }
    return std::nullopt;
}

}  // namespace

EncodeOptions matte_options(const std::filesystem::path& path, int threads) {
    std::optional<EncodeOptions> options = lossless_options(path);
    if (!options) {
        throw ConfigError(
            fmt::format("{} {}: a file of this ending cannot hold gray without loss, use "
                        ".mkv, .mov or .avi, or .png or .tiff for a picture",
                        flags::kMatte, path.string()));
    }
    options->threads = threads;
    return *options;
}

/// Without its other streams, titles and colors.
std::shared_ptr<const MediaInfo> matte_info(const MediaInfo& input) {
    const StreamInfo& source = input.video();
    auto info = std::make_shared<MediaInfo>(video_made_of(input));
    info->is_still_picture = input.is_still_picture;
    info->duration_s = input.duration_s;
    info->estimated_frames = input.estimated_frames;
    StreamInfo& stream = info->streams[0];
    stream.codec->color_range = AVCOL_RANGE_JPEG;
    stream.id = source.id;
    stream.disposition = source.disposition;
    stream.metadata = source.metadata;  // the time code lies there
    stream.side_data = source.side_data;
    return info;
}

}  // namespace closet
