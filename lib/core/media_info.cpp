#include "core/media_info.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>
#include <utility>

#include "core/av_compat.h"
#include "core/error.h"

namespace closet {
namespace {

Tags tags_of(const AVDictionary* dictionary) {
    Tags tags;
    const AVDictionaryEntry* entry = nullptr;
    while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
        tags.emplace_back(entry->key, entry->value);
    }
    return tags;
}

StreamInfo empty_stream() {
    StreamInfo info;
    info.codec.reset(avcodec_parameters_alloc());
    if (!info.codec) {
        throw std::bad_alloc();
    }
    return info;
}

StreamInfo describe_stream(const AVStream& stream) {
    StreamInfo info = empty_stream();
    av_check(avcodec_parameters_copy(info.codec.get(), stream.codecpar),
             "cannot copy the parameters of a stream");
    info.time_base = stream.time_base;
    info.avg_frame_rate = stream.avg_frame_rate;
    info.sample_aspect_ratio = stream.sample_aspect_ratio;
    info.id = stream.id;
    info.disposition = stream.disposition;
    info.metadata = tags_of(stream.metadata);
    for (const AVPacketSideData& side : side_data_of(stream)) {
        info.side_data.push_back({side.type, {side.data, side.data + side.size}});
    }
    if (info.is_cover() && stream.attached_pic.size > 0) {
        const AVPacket& cover = stream.attached_pic;
        info.cover.assign(cover.data, cover.data + cover.size);
    }
    return info;
}

/// Image files come through the demuxers "image2" (by name) and "png_pipe", "webp_pipe" and so on
/// (by content).
bool is_picture_format(std::string_view format) {
    return format == "image2" || format.ends_with("_pipe");
}

/// When a stream is first seen or heard; AV_NOPTS_VALUE where unknown. libav's readers count the
/// delay of a codec as hidden, but for Matroska's.
std::int64_t presented_start_us(const AVFormatContext& input, const AVStream& stream) {
    if (stream.start_time == AV_NOPTS_VALUE ||
        (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
        return AV_NOPTS_VALUE;
    }
    std::int64_t start = stream.start_time;
    const AVCodecParameters& codec = *stream.codecpar;
    if (codec.initial_padding > 0 && codec.sample_rate > 0 &&
        std::string_view(input.iformat->name).starts_with("matroska")) {
        start += av_rescale_q(codec.initial_padding, {1, codec.sample_rate}, stream.time_base);
    }
    return av_rescale_q(start, stream.time_base, AV_TIME_BASE_Q);
}

/// The earliest of picture and sound; of other streams one that begins less than a second before.
std::int64_t presented_start_us(const AVFormatContext& input) {
    std::int64_t start = INT64_MAX, other = INT64_MAX;
    for (unsigned i = 0; i < input.nb_streams; ++i) {
        const AVMediaType type = input.streams[i]->codecpar->codec_type;
        const bool is_main = type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO;
        const std::int64_t time = presented_start_us(input, *input.streams[i]);
        if (time != AV_NOPTS_VALUE && type != AVMEDIA_TYPE_ATTACHMENT) {
            std::int64_t& earliest = is_main ? start : other;
            earliest = std::min(earliest, time);
        }
    }
    if (start == INT64_MAX) {
        return input.start_time != AV_NOPTS_VALUE ? input.start_time : 0;
    }
    return other < start && start - other < AV_TIME_BASE ? other : start;
}

double duration_of(const AVFormatContext& input, const AVStream& video) {
    if (input.duration > 0) {
        return static_cast<double>(input.duration) / AV_TIME_BASE;
    }
    return video.duration > 0 ? static_cast<double>(video.duration) * av_q2d(video.time_base) : 0.0;
}

}  // namespace

MediaInfo video_made_of(const MediaInfo& input) {
    const StreamInfo& source = input.video();
    MediaInfo info;
    info.path = input.path;
    info.format = input.format;
    info.start_s = input.start_s;
    info.start_us = input.start_us;
    info.cut_us = input.cut_us;
    info.orientation = input.orientation;
    info.frame_rate = input.frame_rate;
    StreamInfo stream = empty_stream();
    stream.codec->codec_type = AVMEDIA_TYPE_VIDEO;
    stream.codec->field_order = source.codec->field_order;
    stream.codec->sample_aspect_ratio = source.codec->sample_aspect_ratio;
    stream.time_base = source.time_base;
    stream.avg_frame_rate = source.avg_frame_rate;
    stream.sample_aspect_ratio = source.sample_aspect_ratio;
    info.streams.push_back(std::move(stream));
    return info;
}

MediaInfo describe(AVFormatContext& input, std::size_t video_stream, std::string path) {
    MediaInfo info;
    info.path = std::move(path);
    info.format = input.iformat->name;
    info.is_still_picture = is_picture_format(info.format);
    info.start_us = presented_start_us(input);
    info.start_s = static_cast<double>(info.start_us) / AV_TIME_BASE;
    info.video_stream = video_stream;
    info.metadata = tags_of(input.metadata);
    for (unsigned i = 0; i < input.nb_streams; ++i) {
        info.streams.push_back(describe_stream(*input.streams[i]));
    }
    for (unsigned i = 0; i < input.nb_chapters; ++i) {
        const AVChapter& chapter = *input.chapters[i];
        info.chapters.push_back(
            {chapter.id, chapter.time_base, chapter.start, chapter.end, tags_of(chapter.metadata)});
    }
    AVStream& video = *input.streams[video_stream];
    info.frame_rate = av_guess_frame_rate(&input, &video, nullptr);
    if (info.is_still_picture) {
        info.estimated_frames = 1;
    } else {
        info.duration_s = duration_of(input, video);
        info.estimated_frames =
            video.nb_frames > 0
                ? video.nb_frames
                : std::llround(info.duration_s *
                               (info.frame_rate.num > 0 ? av_q2d(info.frame_rate) : 0.0));
    }
    for (const SideData& side : info.video().side_data) {
        if (side.type == AV_PKT_DATA_DISPLAYMATRIX) {
            info.orientation = orientation_of(side.bytes.data(), side.bytes.size());
        }
    }
    return info;
}

}  // namespace closet
