#include "decode/time_code.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <strings.h>

extern "C" {
#include <libavutil/timecode.h>
}

namespace closet {
namespace {

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
