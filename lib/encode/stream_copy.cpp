#include "encode/stream_copy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

#include <fmt/format.h>

#include "core/av_compat.h"
#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

/// Tags by which a muxer describes its own file; the new muxer writes its own.
constexpr std::array<std::string_view, 4> kFileTags{"encoder", "major_brand", "minor_version",
                                                    "compatible_brands"};

/// Stream properties that hold for the new pictures too. The rest (codec configuration, buffer
/// sizes) belongs to the old bitstream. How they are to be shown: tell_orientation.
constexpr std::array kPictureSideData{AV_PKT_DATA_SPHERICAL, AV_PKT_DATA_STEREO3D,
                                      AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                      AV_PKT_DATA_CONTENT_LIGHT_LEVEL};

template <class List, class Value>
bool contains(const List& list, const Value& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

void copy_tags(AVDictionary*& target, const Tags& tags) {
    for (const auto& [name, value] : tags) {
        if (!contains(kFileTags, name)) {
            av_dict_set(&target, name.c_str(), value.c_str(), AV_DICT_MULTIKEY);
        }
    }
}

void copy_side_data(AVStream& target, const StreamInfo& source, bool is_video) {
    for (const SideData& side : source.side_data) {
        if (is_video && !contains(kPictureSideData, side.type)) {
            continue;
        }
        set_side_data(target, side.type, side.bytes);
    }
}

/// Empty where the container takes the stream, else why it does not.
std::string refusal(const AVOutputFormat& format, const StreamInfo& stream) {
    const AVCodecParameters& codec = *stream.codec;
    if (codec.codec_type == AVMEDIA_TYPE_UNKNOWN || codec.codec_id == AV_CODEC_ID_NONE) {
        return "libav does not know its codec";
    }
    if (avformat_query_codec(&format, codec.codec_id, FF_COMPLIANCE_NORMAL) == 0) {
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

/// Matroska keeps a cover as an attached file, not as a stream of one packet.
bool becomes_attachment(const AVOutputFormat& format, const StreamInfo& stream) {
    const AVCodecID codec = stream.codec->codec_id;
    return std::string_view(format.name) == "matroska" && stream.is_cover() &&
           !stream.cover.empty() && (codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_MJPEG);
}

/// Names and types that Matroska's own notes on cover art ask for.
void attach_cover(AVStream& stream, const StreamInfo& source) {
    AVCodecParameters& codec = *stream.codecpar;
    const bool is_png = source.codec->codec_id == AV_CODEC_ID_PNG;
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
    av_dict_set(&stream.metadata, "filename", is_png ? "cover.png" : "cover.jpg", 0);
    av_dict_set(&stream.metadata, "mimetype", is_png ? "image/png" : "image/jpeg", 0);
}

/// Time code tracks are rebuilt by the muxer from the tag that the video stream carries.
bool is_time_code(const StreamInfo& stream) {
    return stream.codec->codec_tag == MKTAG('t', 'm', 'c', 'd');
}

}  // namespace

StreamMap add_streams(AVFormatContext& output, const MediaInfo& info, const std::string& path) {
    StreamMap map;
    for (std::size_t i = 0; i < info.streams.size(); ++i) {
        const StreamInfo& source = info.streams[i];
        const bool is_video = i == info.video_stream;
        const bool is_attached = !is_video && becomes_attachment(*output.oformat, source);
        const std::string reason = is_video || is_attached ? "" : refusal(*output.oformat, source);
        if (!reason.empty()) {
            map.push_back(kNotCopied);
            const char* kind = av_get_media_type_string(source.codec->codec_type);
            if (!is_time_code(source)) {
                log::warning("{}: stream {} ({}) is left out, {}{}", path, i,
                             kind != nullptr ? kind : "unknown", reason,
                             std::string_view(output.oformat->name) == "matroska"
                                 ? ""
                                 : "; an .mkv file takes nearly everything");
            }
            continue;
        }
        AVStream* stream = avformat_new_stream(&output, nullptr);
        if (stream == nullptr) {
            throw std::bad_alloc();
        }
        map.push_back(is_attached ? kNotCopied : stream->index);
        stream->id = source.id;
        stream->time_base = source.time_base;
        stream->avg_frame_rate = source.avg_frame_rate;
        stream->sample_aspect_ratio = source.sample_aspect_ratio;
        stream->disposition = source.disposition;
        copy_tags(stream->metadata, source.metadata);
        copy_side_data(*stream, source, is_video);
        if (is_attached) {
            attach_cover(*stream, source);
        } else if (!is_video) {
            av_check(avcodec_parameters_copy(stream->codecpar, source.codec.get()),
                     fmt::format("cannot copy stream {} to {}", i, path));
            settle_codec_tag(*stream->codecpar, *output.oformat);
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

void copy_metadata(AVFormatContext& output, const MediaInfo& info) {
    copy_tags(output.metadata, info.metadata);
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
        const std::int64_t cut = av_rescale_q(info.cut_us, AV_TIME_BASE_Q, source.time_base);
        chapter->id = source.id;
        chapter->time_base = source.time_base;
        chapter->start = source.start - cut;
        chapter->end = source.end - cut;
        copy_tags(chapter->metadata, source.metadata);
        output.chapters[output.nb_chapters++] = chapter;
    }
}

}  // namespace closet
