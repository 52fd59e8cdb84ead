#include "decode/capture/connection.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "decode/video_decoder.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// libavdevice hides what a driver could be waited for with, and its own wait does not end at a
/// stop. So the driver is asked around the time when its next picture is due: from so long before,
/// as cameras are punctual to about that, and this often, half of which is the delay of a picture
/// on average. One that is overdue is asked ever less often.
constexpr auto kEarly = 2ms;
constexpr auto kAskAgain = 1ms;
constexpr auto kSeldom = 10ms;

/// A stream that is joined in the middle shows nothing before its next key frame. x264 puts one
/// every 250 frames.
constexpr auto kLongestWaitForKey = 10s;

/// The age of a camera's frame after which it is not believed to be one of the monotonic clock, and
/// the age after which a stalled taker does not want it any more.
constexpr auto kOldestStamp = 10s;
constexpr auto kStalled = 200ms;

bool is_intra_only(const AVCodecParameters& codec) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec.codec_id);
    return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
}

std::int64_t microseconds(std::int64_t value, AVRational time_base) {
    return av_rescale_q(value, time_base, AV_TIME_BASE_Q);
}

/// Files are decoded as always: they are read ahead of their time, so that nothing is gained by a
/// decoder that may show pictures in the wrong order.
VideoDecoderOptions decoder_options(const CaptureOptions& options, SourceKind kind) {
    return {.threads = options.threads,
            .low_delay = kind != SourceKind::kFile && kind != SourceKind::kLavfi};
}

/// Of an HTTP body whose length nobody told, libav takes the end for an I/O error; one that really
/// happened has another code.
bool is_end_of_body(int code, AVIOContext* io) {
    return code == AVERROR(EIO) && io != nullptr && avio_size(io) < 0;
}

std::shared_ptr<const MediaInfo> describe_video(AVFormatContext& context, const std::string& path) {
    const std::size_t video = choose_video_stream(context, path);
    for (unsigned i = 0; i < context.nb_streams; ++i) {
        context.streams[i]->discard = i == video ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    return std::make_shared<const MediaInfo>(describe(context, video, path));
}

}  // namespace

Connection::Connection(const CaptureOptions& options, SourceKind kind, const std::stop_token& stop)
    : options_(options),
      kind_(kind),
      source_(open_source(options, kind, stop)),
      stream_(describe_video(*source_.input.context, options.input)),
      decoder_(*stream_, decoder_options(options, kind)),
      intra_only_(is_intra_only(*stream_->video().codec)) {}

std::optional<CapturedPicture> Connection::next(const std::stop_token& stop) {
    source_.input.deadline->watch(stop);
    if (source_.pipe) {
        source_.pipe->watch(stop);
    }
    const LiveClock::time_point begin = LiveClock::now();
    while (!stop.stop_requested()) {
        if (std::optional<AvFrame> image = decoder_.receive()) {
            return finish(std::move(*image));
        }
        note_damage();
        if (drained_) {
            return std::nullopt;
        }
        check_patience(begin);
        if (const std::optional<AvPacket> packet =
                kind_ == SourceKind::kCamera ? read_camera(stop) : read(stop, begin)) {
            send(**packet);
        } else if (!stop.stop_requested()) {
            decoder_.send(nullptr);
            drained_ = true;
        }
    }
    return std::nullopt;
}

/// A packet of the video; nothing at the end or after a stop.
std::optional<AvPacket> Connection::read(const std::stop_token& stop, LiveClock::time_point begin) {
    AvPacket packet = make_av_packet();
    const auto video = static_cast<int>(stream_->video_stream);
    while (!stop.stop_requested()) {
        if (kind_ == SourceKind::kNetwork) {
            check_patience(begin);
            source_.input.deadline->set(live_duration(options_.timeout_s));
        }
        av_packet_unref(packet.get());
        const int code = av_read_frame(source_.input.context.get(), packet.get());
        last_arrival_ = LiveClock::now();
        if (code >= 0) {
            if (packet->stream_index == video && packet->size > 0) {
                return packet;
            }
        } else if (code == AVERROR(EAGAIN) ||
                   (code == AVERROR_INVALIDDATA && kind_ == SourceKind::kNetwork)) {
            damaged_ += code == AVERROR_INVALIDDATA ? 1 : 0;
            wait_.for_time(kAskAgain, stop);
        } else if (!stop.stop_requested()) {
            AVIOContext* const io = source_.input.context->pb;
            if (kind_ == SourceKind::kNetwork && is_end_of_body(code, io)) {
                return std::nullopt;
            }
            const int io_error = io != nullptr && io->error != AVERROR_EOF ? io->error : 0;
            if (code != AVERROR_EOF && (kind_ == SourceKind::kNetwork || io_error < 0)) {
                throw_gone(io_error < 0 ? io_error : code);
            }
            if (code != AVERROR_EOF) {
                log::warning("{} is damaged or cut short ({}), what comes before is used",
                             options_.input, av_error_text(code));
            }
            return std::nullopt;
        }
    }
    return std::nullopt;
}

/// Note [Driver buffers]
/// A packet of libavdevice lies in a buffer of the driver, without padding behind it, and is gone
/// when the device is closed, while frames live on. So the newest one is copied and the buffer goes
/// back at once. Older ones are not worth a copy, where each is a picture for itself.
std::optional<AvPacket> Connection::read_camera(const std::stop_token& stop) {
    AvPacket newest = make_av_packet(), packet = make_av_packet();
    bool have = false, stalled = false;
    const LiveClock::time_point asked = LiveClock::now();
    while (!stop.stop_requested()) {
        const int code = av_read_frame(source_.input.context.get(), packet.get());
        if (code >= 0) {
            stalled = have;
            late_ += have ? 1 : 0;
            av_packet_unref(newest.get());
            av_packet_move_ref(newest.get(), packet.get());
            have = true;
        } else if (code != AVERROR(EAGAIN)) {
            throw_gone(code);
        }
        if (!have) {
            if (LiveClock::now() - asked > live_duration(options_.timeout_s)) {
                throw_gone(AVERROR_EXIT);
            }
            wait_.until(when_to_ask_camera(), stop);
        } else if (code < 0 || !intra_only_) {
            note_stamp_of_camera(*newest);
            if (stalled && intra_only_ && LiveClock::now() - last_arrival_ > kStalled) {
                // All buffers filled up while nobody asked; what is newest in them is old.
                ++late_;
                av_packet_unref(newest.get());
                have = false;
                continue;
            }
            AvPacket copy = make_av_packet();
            av_check(av_new_packet(copy.get(), newest->size), "cannot keep a camera's picture");
            std::memcpy(copy->data, newest->data, static_cast<std::size_t>(newest->size));
            av_check(av_packet_copy_props(copy.get(), newest.get()),
                     "cannot keep a camera's picture");
            return copy;
        }
    }
    return std::nullopt;
}

/// Shortly before the next picture is due where that is still to come; then soon, and the less soon
/// the longer it is overdue.
LiveClock::time_point Connection::when_to_ask_camera() const {
    const LiveClock::time_point now = LiveClock::now();
    const LiveClock::time_point early = last_arrival_ + period_ - kEarly;
    return now < early
               ? early
               : now + std::clamp<LiveClock::duration>((now - early) / 4, kAskAgain, kSeldom);
}

/// The period is the shorter one of two steps: a picture that was left out makes a longer one.
void Connection::note_stamp_of_camera(const AVPacket& packet) {
    const LiveClock::time_point stamp = stamp_of_camera(packet);
    const LiveClock::duration step = stamp - last_arrival_;
    period_ = std::max(std::min(step, last_step_), LiveClock::duration::zero());
    last_step_ = step;
    last_arrival_ = stamp;
}

/// Drivers stamp with the monotonic clock, some old ones with the wall clock or not at all.
LiveClock::time_point Connection::stamp_of_camera(const AVPacket& packet) {
    const LiveClock::time_point now = LiveClock::now();
    const LiveClock::time_point stamp{
        std::chrono::microseconds(std::clamp(packet.pts, std::int64_t{0}, kMaxTimestamp / 1024))};
    if (stamp <= now && stamp > now - kOldestStamp) {
        return stamp;
    }
    if (!stamps_are_odd_) {
        stamps_are_odd_ = true;
        log::info(
            "{}: its time stamps are not of the monotonic clock, frames are stamped as they "
            "are read",
            options_.input);
    }
    return now;
}

void Connection::throw_gone(int code) const {
    const std::string why =
        code == AVERROR_EXIT
            ? fmt::format("it has delivered nothing for {:g} s", options_.timeout_s)
            : av_error_text(code);
    throw MediaError(fmt::format("reading {} failed: {}", options_.input, why), code);
}

/// Packets that come but never make a picture are as good as none.
void Connection::check_patience(LiveClock::time_point begin) const {
    if (kind_ != SourceKind::kCamera && kind_ != SourceKind::kNetwork) {
        return;
    }
    const LiveClock::duration patience =
        intra_only_ || key_was_sent_
            ? live_duration(options_.timeout_s)
            : std::max<LiveClock::duration>(live_duration(options_.timeout_s), kLongestWaitForKey);
    if (LiveClock::now() - begin > patience) {
        throw MediaError(
            fmt::format("reading {} failed: nothing that it has delivered for {:g} s "
                        "can be decoded",
                        options_.input, std::chrono::duration<double>(patience).count()),
            AVERROR_INVALIDDATA);
    }
}

void Connection::send(const AVPacket& packet) {
    key_was_sent_ = key_was_sent_ || (packet.flags & AV_PKT_FLAG_KEY) != 0;
    arrivals_[next_arrival_++ % arrivals_.size()] = {packet.pts, last_arrival_};
    decoder_.send(&packet);
}

void Connection::note_damage() {
    const std::int64_t complaints = decoder_.damaged() + decoder_.errors();
    damaged_ += complaints > complaints_ ? 1 : 0;
    complaints_ = complaints;
}

/// The newest one first: a source without sense may stamp all packets alike.
LiveClock::time_point Connection::arrival_of(std::int64_t pts) const {
    for (std::size_t back = 1; back <= arrivals_.size() && pts != AV_NOPTS_VALUE; ++back) {
        const Arrival& each = arrivals_[(next_arrival_ - back) % arrivals_.size()];
        if (each.pts == pts) {
            return each.time;
        }
    }
    return last_arrival_;
}

CapturedPicture Connection::finish(AvFrame image) {
    CapturedPicture picture;
    const AVRational time_base = stream_->video().time_base;
    picture.arrived = arrival_of(image->pts);
    const std::int64_t pts = image->best_effort_timestamp;
    if (pts != AV_NOPTS_VALUE && std::abs(pts) < kMaxTimestamp) {
        picture.media_us = microseconds(pts, time_base);
    }
    const std::int64_t duration = duration_of(*image);
    const AVRational rate = stream_->frame_rate;
    picture.duration_us = duration > 0   ? microseconds(duration, time_base)
                          : rate.num > 0 ? microseconds(1, av_inv_q(rate))
                                         : 0;
    picture.image = std::move(image);
    picture.stream = stream_;
    return picture;
}

}  // namespace closet
