#include "decode/demux.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

extern "C" {
#include <libavutil/timecode.h>
}

#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

constexpr auto kNetworkPatience = 30s;

/// How far behind the end of a range packets of other streams are looked for: libav's muxers
/// interleave within 10 s (AVFormatContext::max_interleave_delta).
constexpr std::int64_t kSecondUs = AV_TIME_BASE;
constexpr std::int64_t kInterleaveUs = 10 * kSecondUs;

/// Where to look for a key frame at or before the start of a range. Formats without an index (MPEG
/// transport streams) are searched by time stamp and may land too late.
constexpr std::array<std::int64_t, 4> kSeekMarginsUs{0, 2 * kSecondUs, 15 * kSecondUs,
                                                     60 * kSecondUs};

/// Packets read in search of a key frame after a seek. 4096 is about a minute of video and sound.
constexpr std::size_t kMaxReadAhead = 4096;

constexpr double kMaxSeconds = 1e9;  ///< 30 years; keeps microseconds within 64 bits

std::int64_t timestamp_of(const AVPacket& packet) {
    return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
}

void validate(const TimeRange& range) {
    const auto check = [](const std::optional<double>& value, const char* flag) {
        if (value && !(*value >= 0 && *value <= kMaxSeconds)) {
            throw ConfigError(
                fmt::format("{} {} is not a time in seconds, 0 or more", flag, *value));
        }
    };
    check(range.start_s, flags::kStart);
    check(range.end_s, flags::kEnd);
    if (range.start_s.value_or(0) >= range.end_s.value_or(INFINITY)) {
        throw ConfigError(fmt::format("{} {} must be later than {} {}", flags::kEnd, *range.end_s,
                                      flags::kStart, range.start_s.value_or(0)));
    }
}

/// The part of the description that a range changes.
void cut(MediaInfo& info, const TimeRange& range) {
    const double start = range.start_s.value_or(0);
    info.cut_us = std::llround(start * AV_TIME_BASE);
    advance_time_codes(info, start);
    if (info.duration_s > 0) {
        const double whole = info.duration_s;
        info.duration_s = std::max(0.0, std::min(whole, range.end_s.value_or(whole)) - start);
        info.estimated_frames =
            std::llround(static_cast<double>(info.estimated_frames) * info.duration_s / whole);
    }
    const double begin = info.start_s + start;
    const double end = info.start_s + range.end_s.value_or(kMaxSeconds);
    std::erase_if(info.chapters, [&](const ChapterInfo& chapter) {
        const double tick = av_q2d(chapter.time_base);
        return tick <= 0 || static_cast<double>(chapter.end) * tick <= begin ||
               static_cast<double>(chapter.start) * tick >= end;
    });
    for (ChapterInfo& chapter : info.chapters) {
        const auto ticks = [&](double seconds) -> std::int64_t {
            return std::llround(seconds / av_q2d(chapter.time_base));
        };
        chapter.start = std::max(chapter.start, ticks(begin));
        chapter.end = std::min(chapter.end, ticks(end));
    }
}

bool is_known(AVRational rate) {
    return rate.num > 0 && rate.den > 0;
}

/// A track of time codes counts at its own rate; without one, pictures are counted.
AVRational time_code_rate(const MediaInfo& info) {
    for (const StreamInfo& stream : info.streams) {
        if (stream.codec->codec_tag == MKTAG('t', 'm', 'c', 'd') &&
            is_known(stream.avg_frame_rate)) {
            return stream.avg_frame_rate;
        }
    }
    const AVRational rate = info.video().avg_frame_rate;
    return is_known(rate) ? rate : info.frame_rate;
}

void advance(Tags& tags, AVRational rate, double seconds) {
    std::erase_if(tags, [&](auto& tag) {
        if (strcasecmp(tag.first.c_str(), "timecode") != 0) {
            return false;
        }
        const std::optional<std::string> later = advance_time_code(tag.second, rate, seconds);
        tag.second = later.value_or("");
        return !later;  // better none than a wrong one
    });
}

}  // namespace

Demux::Demux(const std::string& path, TimeRange range) : path_(path) {
    validate(range);
    input_ = open_input(path);
    const std::size_t video = choose_video_stream(*input_.context, path);
    MediaInfo info = describe(*input_.context, video, path);
    if (!info.is_still_picture && (range.start_s || range.end_s)) {
        const auto on_clock = [clock = info.start_us](double seconds) {
            return clock + std::llround(seconds * AV_TIME_BASE);
        };
        if (range.start_s.value_or(0) > 0) {
            start_us_ = on_clock(*range.start_s);
        }
        if (range.end_s) {
            end_us_ = on_clock(*range.end_s);
        }
        cut(info, range);
    }
    info_ = std::make_shared<const MediaInfo>(std::move(info));
    if (start_us_ && can_seek()) {
        seek_farther();
    }
}

bool Demux::is_before_range(std::int64_t pts, AVRational time_base) const {
    return start_us_ && av_compare_ts(pts, time_base, *start_us_, AV_TIME_BASE_Q) < 0;
}

bool Demux::is_behind_range(std::int64_t pts, AVRational time_base) const {
    return end_us_ && av_compare_ts(pts, time_base, *end_us_, AV_TIME_BASE_Q) >= 0;
}

bool Demux::is_behind_start(std::int64_t pts, AVRational time_base) const {
    return start_us_ && av_compare_ts(pts, time_base, *start_us_, AV_TIME_BASE_Q) > 0;
}

std::optional<AvPacket> Demux::read_any() {
    AvPacket packet = make_av_packet();
    int code = 0;
    do {
        if (input_.is_network) {
            input_.deadline->set(kNetworkPatience);
        }
        code = av_read_frame(input_.context.get(), packet.get());
    } while (code == AVERROR(EAGAIN));
    if (code >= 0) {
        return packet;
    }
    const AVIOContext* io = input_.context->pb;
    const int io_error = io != nullptr && io->error != AVERROR_EOF ? io->error : 0;
    if (code == AVERROR_EXIT || io_error < 0) {
        const int cause = io_error < 0 ? io_error : code;
        throw MediaError(fmt::format("reading {} failed: {}", path_,
                                     cause == AVERROR_EXIT ? "the network does not answer"
                                                           : av_error_text(cause)),
                         cause);
    }
    if (code != AVERROR_EOF) {
        log::loss("{} is damaged or cut short ({}), what comes before is used", path_,
                  av_error_text(code));
    }
    return std::nullopt;
}

std::optional<AvPacket> Demux::read() {
    for (;;) {
        std::optional<AvPacket> packet;
        if (!read_ahead_.empty()) {
            packet = std::move(read_ahead_.front());
            read_ahead_.pop_front();
        } else {
            packet = read_any();
        }
        if (!packet) {
            return std::nullopt;
        }
        if (is_video(**packet)) {
            const std::int64_t dts = (*packet)->dts;
            if (end_us_ && dts != AV_NOPTS_VALUE &&
                av_compare_ts(dts, info_->video().time_base, *end_us_ + kInterleaveUs,
                              AV_TIME_BASE_Q) >= 0) {
                return std::nullopt;
            }
            return packet;
        }
        if (is_wanted(**packet)) {
            return packet;
        }
    }
}

bool Demux::is_wanted(const AVPacket& packet) const {
    const auto index = static_cast<std::size_t>(packet.stream_index);
    if (index >= info_->streams.size()) {
        return false;  // a stream that began after the header was described
    }
    const StreamInfo& stream = info_->streams[index];
    const std::int64_t pts = timestamp_of(packet);
    return stream.is_cover() || pts == AV_NOPTS_VALUE ||
           (!is_before_range(pts, stream.time_base) && !is_behind_range(pts, stream.time_base));
}

/// Note [Exact start]
/// All frames from the start of a range on can be decoded exactly when decoding begins at a key
/// frame that is not later. A seek is good for nothing where it lands behind the start: indexes
/// lie, transport streams have none. What the file calls a key frame need not be one either; only
/// the decoder tells. A stream whose pictures are refreshed bit by bit (intra refresh) has marks
/// where one may begin, but shows the first whole picture a second later. So Decode looks at the
/// first picture and asks to `seek_farther` where it came late or refers to others. What lies
/// before the start is decoded and dropped.
void Demux::seek_farther() {
    while (seeks_ < kSeekMarginsUs.size()) {
        if (seek_before(*start_us_ - kSeekMarginsUs[seeks_++])) {
            return;
        }
    }
    entry_.reset();
    read_ahead_.clear();
    Input again = open_input(path_);  // the one way back to the start that all formats share
    std::swap(input_, again);
}

bool Demux::can_seek() const {
    const AVFormatContext& context = *input_.context;
    return (context.pb == nullptr || (context.pb->seekable & AVIO_SEEKABLE_NORMAL) != 0) &&
           (context.iformat->flags & AVFMT_NOTIMESTAMPS) == 0;
}

/// False where that leads to no key frame at or before the start, or to the one that was tried
/// last.
bool Demux::seek_before(std::int64_t time_us) {
    read_ahead_.clear();
    const AVRational time_base = info_->video().time_base;
    const std::int64_t target = av_rescale_q(time_us, AV_TIME_BASE_Q, time_base);
    const int video = static_cast<int>(info_->video_stream);
    if (av_seek_frame(input_.context.get(), video, target, AVSEEK_FLAG_BACKWARD) < 0) {
        return false;
    }
    while (read_ahead_.size() < kMaxReadAhead) {
        std::optional<AvPacket> packet = read_any();
        if (!packet) {
            return false;
        }
        const bool is_key = is_video(**packet) && ((*packet)->flags & AV_PKT_FLAG_KEY) != 0;
        const std::int64_t pts = timestamp_of(**packet);
        if (is_key || !is_video(**packet)) {
            read_ahead_.push_back(std::move(*packet));
        }
        if (is_key) {
            const bool early_enough =
                pts != AV_NOPTS_VALUE &&
                av_compare_ts(pts, time_base, *start_us_, AV_TIME_BASE_Q) <= 0;
            const bool is_other = !entry_ || pts < *entry_;
            if (early_enough && is_other) {
                entry_ = pts;
                return true;
            }
            return false;
        }
    }
    return false;
}

std::optional<std::string> advance_time_code(const std::string& code, AVRational rate,
                                             double seconds) {
    AVTimecode time_code{};
    if (!is_known(rate) ||
        av_timecode_init_from_string(&time_code, rate, code.c_str(), nullptr) < 0) {
        return std::nullopt;
    }
    const std::int64_t frames = std::llround(seconds * av_q2d(rate));
    std::int64_t day = std::int64_t{24} * 60 * 60 * time_code.fps;
    if ((time_code.flags & AV_TIMECODE_FLAG_DROPFRAME) != 0) {
        day -= std::int64_t{24} * 6 * 9 * 2 * (time_code.fps / 30);  // in 9 of 10 minutes
    }
    time_code.flags |= AV_TIMECODE_FLAG_24HOURSMAX;
    std::array<char, AV_TIMECODE_STR_SIZE> text{};
    av_timecode_make_string(&time_code, text.data(), static_cast<int>(frames % day));
    return text.data();
}

void advance_time_codes(MediaInfo& info, double seconds) {
    const AVRational rate = time_code_rate(info);
    advance(info.metadata, rate, seconds);
    for (StreamInfo& stream : info.streams) {
        advance(stream.metadata, rate, seconds);
    }
}

}  // namespace closet
