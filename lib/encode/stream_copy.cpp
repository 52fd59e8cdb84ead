#include "encode/stream_copy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "core/av_compat.h"
#include "core/error.h"
#include "core/log.h"
#include "decode/libav_log.h"
#include "encode/kept_metadata.h"

namespace closet {
namespace {

/// Stream properties that hold for the new pictures too. The rest (codec configuration, buffer
/// sizes) belongs to the old bitstream. How they are to be shown: tell_orientation.
constexpr std::array kPictureSideData{AV_PKT_DATA_SPHERICAL, AV_PKT_DATA_STEREO3D,
                                      AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                      AV_PKT_DATA_CONTENT_LIGHT_LEVEL};

template <class List, class Value>
bool contains(const List& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

void copy_side_data(AVStream& target, const StreamInfo& source, bool is_video) {
    for (const SideData& side : source.side_data) {
        if (is_video && !contains(kPictureSideData, side.type)) {
            continue;
        }
        set_side_data(target, side.type, side.bytes);
    }
}

/// Matroska keeps files (fonts for its subtitles) beside its streams.
bool is_attachment(const AVOutputFormat& format, const StreamInfo& stream) {
    return std::string_view(format.name) == "matroska" &&
           stream.codec->codec_type == AVMEDIA_TYPE_ATTACHMENT && stream.codec->extradata_size > 0;
}

/// Empty where the container's tables name the stream's codec, else why it is not taken.
std::string refusal(const AVFormatContext& output, const StreamInfo& stream) {
    const AVCodecParameters& codec = *stream.codec;
    const AVOutputFormat& format = *output.oformat;
    if (codec.codec_type == AVMEDIA_TYPE_ATTACHMENT) {
        return fmt::format("{} cannot hold attached files", format.name);
    }
    if (codec.codec_type == AVMEDIA_TYPE_UNKNOWN || codec.codec_id == AV_CODEC_ID_NONE) {
        return "libav does not know its codec";
    }
    if (avformat_query_codec(&format, codec.codec_id, output.strict_std_compliance) == 0) {
        return fmt::format("{} cannot hold {}", format.name, avcodec_get_name(codec.codec_id));
    }
    return {};
}

/// The four-letter code stays where the container knows it for this codec; otherwise the muxer
/// chooses its own.
void settle_codec_tag(AVCodecParameters& codec, const AVOutputFormat& format) {
    unsigned other = 0;
    if (format.codec_tag == nullptr ||
        (av_codec_get_id(format.codec_tag, codec.codec_tag) != codec.codec_id &&
         av_codec_get_tag2(format.codec_tag, codec.codec_id, &other) != 0)) {
        codec.codec_tag = 0;
    }
}

/// Type and ending of the picture files that Matroska keeps; null for others.
const char* cover_type(AVCodecID codec) {
    return codec == AV_CODEC_ID_PNG     ? "png"
           : codec == AV_CODEC_ID_MJPEG ? "jpeg"
           : codec == AV_CODEC_ID_GIF   ? "gif"
           : codec == AV_CODEC_ID_BMP   ? "bmp"
           : codec == AV_CODEC_ID_TIFF  ? "tiff"
           : codec == AV_CODEC_ID_WEBP  ? "webp"
                                        : nullptr;
}

/// Matroska keeps a cover as an attached file, not as a stream of one packet.
bool becomes_attachment(const AVOutputFormat& format, const StreamInfo& stream) {
    return std::string_view(format.name) == "matroska" && stream.is_cover() &&
           !stream.cover.empty() && cover_type(stream.codec->codec_id) != nullptr;
}

void set_missing(AVDictionary*& tags, const char* name, const std::string& value) {
    av_dict_set(&tags, name, value.c_str(), AV_DICT_DONT_OVERWRITE);
}

/// Names and types that Matroska's own notes on cover art ask for.
void attach_cover(AVStream& stream, const StreamInfo& source) {
    AVCodecParameters& codec = *stream.codecpar;
    const std::string type = cover_type(source.codec->codec_id);
    codec.codec_type = AVMEDIA_TYPE_ATTACHMENT;
    codec.codec_id = source.codec->codec_id;
    codec.extradata =
        static_cast<std::uint8_t*>(av_mallocz(source.cover.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (codec.extradata == nullptr) {
        throw std::bad_alloc();
    }
    std::copy(source.cover.begin(), source.cover.end(), codec.extradata);
    codec.extradata_size = static_cast<int>(source.cover.size());
    stream.disposition = 0;
    av_dict_set(&stream.metadata, "filename", ("cover." + (type == "jpeg" ? "jpg" : type)).c_str(),
                0);
    av_dict_set(&stream.metadata, "mimetype", ("image/" + type).c_str(), 0);
}

/// Time code tracks are rebuilt by the muxer from the tag that the video stream carries.
bool is_time_code(const StreamInfo& stream) {
    return stream.codec->codec_tag == MKTAG('t', 'm', 'c', 'd');
}

void describe_video(AVStream& stream, const MediaInfo& info, const EncodedVideo& video) {
    av_check(avcodec_parameters_copy(stream.codecpar, video.codec.get()),
             "cannot describe the encoded video");
    stream.time_base = video.time_base;
    stream.avg_frame_rate = info.video().avg_frame_rate;
    stream.sample_aspect_ratio = video.codec->sample_aspect_ratio;
}

/// Adds an output stream for input stream `index`.
void add_stream(AVFormatContext& output, const MediaInfo& info, std::size_t index,
                const EncodedVideo& video, const std::string& path) {
    const StreamInfo& source = info.streams[index];
    const bool is_video = index == info.video_stream;
    AVStream* stream = avformat_new_stream(&output, nullptr);
    if (stream == nullptr) {
        throw std::bad_alloc();
    }
    stream->id = source.id;
    stream->time_base = source.time_base;
    stream->avg_frame_rate = source.avg_frame_rate;
    stream->sample_aspect_ratio = source.sample_aspect_ratio;
    stream->disposition = source.disposition;
    copy_tags(stream->metadata, source.metadata, is_video ? TagsOf::kVideo : TagsOf::kCopied);
    copy_side_data(*stream, source, is_video);
    if (is_video) {
        describe_video(*stream, info, video);
    } else if (becomes_attachment(*output.oformat, source)) {
        attach_cover(*stream, source);
    } else {
        av_check(avcodec_parameters_copy(stream->codecpar, source.codec.get()),
                 fmt::format("cannot copy stream {} to {}", index, path));
        settle_codec_tag(*stream->codecpar, *output.oformat);
        if (is_attachment(*output.oformat, source)) {
            set_missing(stream->metadata, "filename", fmt::format("attachment-{}", index));
            set_missing(stream->metadata, "mimetype", "application/octet-stream");
        }
    }
}

/// Tries whether the muxer writes a header for these streams. Nothing where it does, else what it
/// says.
std::optional<std::string> header_refusal(const AVFormatContext& output, const MediaInfo& info,
                                          const std::vector<std::size_t>& streams,
                                          const EncodedVideo& video, int compliance) {
    AVFormatContext* context = nullptr;
    av_check(avformat_alloc_output_context2(&context, output.oformat, nullptr, nullptr),
             "cannot try a header");
    const AvOutput trial(context);
    trial->strict_std_compliance = compliance;
    for (const std::size_t index : streams) {
        add_stream(*trial, info, index, video, "a header");
    }
    av_check(avio_open_dyn_buf(&trial->pb), "cannot try a header");
    forget_libav_error();
    const int code = avformat_write_header(trial.get(), nullptr);
    const std::string detail = last_libav_error();
    if (code >= 0) {
        av_write_trailer(trial.get());  // frees what the muxer holds
    }
    std::uint8_t* bytes = nullptr;
    avio_close_dyn_buf(trial->pb, &bytes);
    av_free(bytes);
    trial->pb = nullptr;
    if (code >= 0) {
        return std::nullopt;
    }
    return fmt::format("the {} muxer refuses it, {}", output.oformat->name,
                       detail.empty() ? av_error_text(code) : detail);
}

void tell_left_out(const AVFormatContext& output, const StreamInfo& stream, std::size_t index,
                   const std::string& reason, const std::string& path) {
    if (is_time_code(stream)) {
        return;
    }
    const char* kind = av_get_media_type_string(stream.codec->codec_type);
    log::loss("{}: stream {} ({}) is left out, {}{}", path, index,
              kind != nullptr ? kind : "unknown", reason,
              std::string_view(output.oformat->name) == "matroska"
                  ? ""
                  : "; an .mkv file takes nearly everything");
}

/// The streams that the muxer takes together, in order, the video among them. Sets how strict it is
/// to be.
std::vector<std::size_t> choose_streams(AVFormatContext& output, const MediaInfo& info,
                                        const EncodedVideo& video, const std::string& path) {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < info.streams.size(); ++i) {
        const StreamInfo& stream = info.streams[i];
        const bool is_file =
            is_attachment(*output.oformat, stream) || becomes_attachment(*output.oformat, stream);
        const std::string reason = i == info.video_stream || is_file ? "" : refusal(output, stream);
        if (reason.empty()) {
            candidates.push_back(i);
        } else {
            tell_left_out(output, stream, i, reason, path);
        }
    }
    const std::vector<std::size_t> alone{info.video_stream};
    const auto tried = [&](const std::vector<std::size_t>& streams, int compliance) {
        return header_refusal(output, info, streams, video, compliance);
    };
    int& compliance = output.strict_std_compliance;
    if (candidates.size() == 1 || !tried(candidates, compliance) || tried(alone, compliance)) {
        return candidates;  // all fit, or the real header will tell why the video does not
    }
    std::vector<std::size_t> taken = alone;
    for (const std::size_t i : candidates) {
        if (i == info.video_stream) {
            continue;
        }
        std::vector<std::size_t> more = taken;
        more.insert(std::upper_bound(more.begin(), more.end(), i), i);
        const std::optional<std::string> reason = tried(more, compliance);
        if (reason && !tried(more, std::min(compliance, FF_COMPLIANCE_EXPERIMENTAL))) {
            compliance = std::min(compliance, FF_COMPLIANCE_EXPERIMENTAL);
        } else if (reason) {
            tell_left_out(output, info.streams[i], i, *reason, path);
            continue;
        }
        taken = std::move(more);
    }
    return taken;
}

}  // namespace

StreamMap add_streams(AVFormatContext& output, const MediaInfo& info, const EncodedVideo& video,
                      const std::string& path) {
    StreamMap map(info.streams.size(), kNotCopied);
    for (const std::size_t index : choose_streams(output, info, video, path)) {
        add_stream(output, info, index, video, path);
        const AVStream& stream = *output.streams[output.nb_streams - 1];
        if (stream.codecpar->codec_type != AVMEDIA_TYPE_ATTACHMENT) {  // it has no packets
            map[index] = stream.index;
        }
    }
    return map;
}

void tell_orientation(AVStream& target, const StreamInfo& source, Orientation orientation) {
    for (const SideData& side : source.side_data) {
        if (side.type == AV_PKT_DATA_DISPLAYMATRIX &&
            orientation_of(side.bytes.data(), side.bytes.size()) == orientation) {
            return set_side_data(target, side.type, side.bytes);
        }
    }
    if (!orientation.is_upright()) {
        const auto matrix = display_matrix_of(
            orientation, cv::Size(target.codecpar->width, target.codecpar->height));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(matrix.data());
        set_side_data(target, AV_PKT_DATA_DISPLAYMATRIX, {bytes, sizeof matrix});
    }
}

void copy_metadata(AVFormatContext& output, const MediaInfo& info, std::int64_t origin_us) {
    copy_tags(output.metadata, info.metadata, TagsOf::kFile);
    if (info.chapters.empty()) {
        return;
    }
    // libav has no public call that adds a chapter to an output; it frees what is put here.
    output.chapters = static_cast<AVChapter**>(av_calloc(info.chapters.size(), sizeof(AVChapter*)));
    if (output.chapters == nullptr) {
        throw std::bad_alloc();
    }
    for (const ChapterInfo& source : info.chapters) {
        auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
        if (chapter == nullptr) {
            throw std::bad_alloc();
        }
        const std::int64_t origin = av_rescale_q(origin_us, AV_TIME_BASE_Q, source.time_base);
        chapter->id = source.id;
        chapter->time_base = source.time_base;
        chapter->start = std::max<std::int64_t>(0, source.start - origin);
        chapter->end = std::max<std::int64_t>(0, source.end - origin);
        copy_tags(chapter->metadata, source.metadata, TagsOf::kFile);
        output.chapters[output.nb_chapters++] = chapter;
    }
}

}  // namespace closet
