#include "encode/time_line.h"

#include <algorithm>
#include <string_view>

#include "core/av_compat.h"

namespace closet {
namespace {

constexpr AVRational kMillisecond{1, 1000};

/// The clocks of transport streams have 33 bits at 90 kHz: they begin again after 26.5 hours.
constexpr AVRational kTransportClock{1, 90000};
constexpr std::int64_t kTransportWrap = std::int64_t{1} << 33;

/// A clip that begins this little after 0 was meant to: B-frames or a codec's delay moved it.
constexpr std::int64_t kNearZeroUs = AV_TIME_BASE;

/// Broadcast formats count from anywhere; in others 0 is the beginning.
bool has_own_zero(const MediaInfo& info) {
    return info.format != "mpegts" && info.format != "mpeg";
}

bool keeps_clock(const AVOutputFormat& format) {
    return std::string_view(format.name) == "mpegts";
}

bool holds_negative_times(const AVOutputFormat& format) {
    return (format.flags & AVFMT_TS_NEGATIVE) != 0;
}

/// What the decoder of a stream swallows at the beginning, in the stream's time base.
std::int64_t codec_delay(const AVStream& stream) {
    const AVCodecParameters& codec = *stream.codecpar;
    return codec.initial_padding > 0 && codec.sample_rate > 0
               ? av_rescale_q(codec.initial_padding, {1, codec.sample_rate}, stream.time_base)
               : 0;
}

}  // namespace

bool is_matroska(const AVOutputFormat& format) {
    const std::string_view name = format.name;
    return name == "matroska" || name == "webm";
}

std::int64_t origin_us(const AVOutputFormat& format, const MediaInfo& info, std::int64_t first_us) {
    const std::int64_t start = info.cut_us > 0 ? info.start_us : std::min(info.start_us, first_us);
    if (start >= 0 && (keeps_clock(format) || (start < kNearZeroUs && has_own_zero(info)))) {
        return info.cut_us;
    }
    if (keeps_clock(format) && info.format == "mpegts") {
        return info.cut_us - av_rescale_q(kTransportWrap, kTransportClock, AV_TIME_BASE_Q);
    }
    return info.cut_us + start;
}

bool fit_before_zero(AVPacket& packet, const AVFormatContext& output) {
    const AVStream& stream = *output.streams[packet.stream_index];
    const AVOutputFormat& format = *output.oformat;
    if (packet.pts == AV_NOPTS_VALUE || holds_negative_times(format)) {
        return true;
    }
    std::int64_t lowest = 0;
    if (is_matroska(format)) {
        if (kMatroskaAddsDelay) {
            lowest = -codec_delay(stream);
        } else if (stream.codecpar->codec_id == AV_CODEC_ID_OPUS) {
            packet.pts += codec_delay(stream);
            packet.dts += packet.dts != AV_NOPTS_VALUE ? codec_delay(stream) : 0;
        }
    }
    if (packet.pts >= lowest) {
        return true;
    }
    const std::int64_t early = -packet.pts;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE && packet.duration > early) {
        packet.duration -= early;  // a text that is shown already
    } else if (early > codec_delay(stream) + av_rescale_q(1, kMillisecond, stream.time_base)) {
        return false;
    }
    packet.pts = 0;
    packet.dts = 0;
    return true;
}

void lift_dts(AVPacket& packet, const AVFormatContext& output, std::int64_t last_dts) {
    const AVRational tick = output.streams[packet.stream_index]->time_base;
    const AVOutputFormat& format = *output.oformat;
    // Matroska writes no decoding times; where a tick is as long as a frame there is no room.
    if (packet.dts == AV_NOPTS_VALUE || holds_negative_times(format) || is_matroska(format) ||
        av_cmp_q(tick, kMillisecond) > 0) {
        return;
    }
    const std::int64_t earliest = last_dts == AV_NOPTS_VALUE ? 0 : last_dts + 1;
    packet.dts = std::max(packet.dts, std::min(earliest, packet.pts));
}

}  // namespace closet
