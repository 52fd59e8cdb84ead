#include "encode/mux.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

#include "core/error.h"
#include "core/log.h"
#include "decode/libav_log.h"
#include "encode/kept_metadata.h"
#include "encode/output_file.h"
#include "encode/time_line.h"

namespace closet {
namespace {

/// The mov family alone stores display matrices, and edit lists, which hide the part of a stream
/// that lies before the beginning.
bool is_mov_family(const AVOutputFormat& format) {
    constexpr std::string_view kMovFamily[]{"mov",  "mp4",  "3gp", "3g2",
                                            "ismv", "ipod", "psp", "f4v"};
    return std::find(std::begin(kMovFamily), std::end(kMovFamily), format.name) !=
           std::end(kMovFamily);
}

/// Ticks a second in which MP4 tells when streams start. libav's own choice, 1000, rounds each
/// start down to a millisecond, at every pass again.
constexpr std::int64_t kMovieTimescale = 90000;

AvOutput make_context(const AVOutputFormat* format, const std::string& name) {
    AVFormatContext* context = nullptr;
    av_check(avformat_alloc_output_context2(&context, format, nullptr, name.c_str()),
             fmt::format("cannot write {}", name));
    return AvOutput(context);
}

}  // namespace

/// Pictures go through the muxer that writes a packet as it is: libav's own for
/// image files numbers them, opens them itself and would not let the name be a partial one.
Container container_of(const std::filesystem::path& path) {
    const AVOutputFormat* format = av_guess_format(nullptr, path.c_str(), nullptr);
    if (format != nullptr) {
        const std::string_view name = format->name;
        if (name == "image2" || name == "webp") {
            return {av_guess_format("image2pipe", nullptr, nullptr), true};
        }
    }
    if (format == nullptr || (format->flags & AVFMT_NOFILE) != 0) {
        throw ConfigError(fmt::format(
            "cannot write {}: its ending names no container that is one file, use .mp4, .mkv, "
            ".mov, .webm or, for a picture, .png, .jpg or .webp",
            path.string()));
    }
    return {format, false};
}

Mux::Mux(const std::filesystem::path& path, const std::shared_ptr<const MediaInfo>& info)
    : Mux(std::make_unique<OutputFile>(path, info->path), std::nullopt, info) {}

Mux::Mux(std::unique_ptr<MuxTarget> target, const AVOutputFormat& format,
         std::shared_ptr<const MediaInfo> info)
    : Mux(std::move(target), Container{&format, false}, std::move(info)) {}

Mux::Mux(std::unique_ptr<MuxTarget> target, std::optional<Container> container,
         std::shared_ptr<const MediaInfo> info)
    : info_(std::move(info)),
      target_(std::move(target)),
      container_(container ? *container : container_of(target_->name())),
      context_(make_context(container_.format, target_->url())) {
    capture_libav_log();
    context_->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (is_mov_family(format())) {  // where there is no such option, starts are off by up to 1 ms
        av_opt_set_int(context_->priv_data, "movie_timescale", kMovieTimescale, 0);
    }
}

Mux::~Mux() {
    if (is_begun_ && (format().flags & AVFMT_NOFILE) != 0) {
        av_write_trailer(context_.get());  // devices are closed nowhere else
    }
    context_->pb = nullptr;  // owned by the target; the context's deleter would close it
}

bool Mux::keeps_orientation() const {
    return is_mov_family(format());
}

void Mux::begin(const EncodedVideo& encoded, std::int64_t origin_us) {
    origin_us_ = origin_us;
    if (container_.is_picture) {
        add_picture(encoded);
    } else {
        map_ = add_streams(*context_, *info_, encoded, name());
        copy_metadata(*context_, *info_, origin_us);
    }
    AVStream& video = *context_->streams[map_[info_->video_stream]];
    add_light_metadata(video, encoded.light);
    if (keeps_orientation()) {
        tell_orientation(video, info_->video(), encoded.orientation);
    }
    last_dts_.assign(context_->nb_streams, AV_NOPTS_VALUE);
    context_->pb = target_->io();
    forget_libav_error();
    const int code = avformat_write_header(context_.get(), nullptr);
    if (code < 0) {
        fail("the header", code);
    }
    is_begun_ = true;
}

void Mux::add_picture(const EncodedVideo& video) {
    AVStream* stream = avformat_new_stream(context_.get(), nullptr);
    if (stream == nullptr) {
        throw std::bad_alloc();
    }
    av_check(avcodec_parameters_copy(stream->codecpar, video.codec.get()),
             "cannot describe the encoded picture");
    stream->time_base = video.time_base;
    map_.assign(info_->streams.size(), kNotCopied);
    map_[info_->video_stream] = stream->index;
}

void Mux::write_video(AvPacket packet, AVRational time_base) {
    packet->stream_index = map_[info_->video_stream];
    av_packet_rescale_ts(packet.get(), time_base,
                         context_->streams[packet->stream_index]->time_base);
    std::int64_t& last = last_dts_[static_cast<std::size_t>(packet->stream_index)];
    lift_dts(*packet, *context_, last);
    last = packet->dts;
    write(std::move(packet));
}

void Mux::write_copy(AvPacket packet) {
    const auto input = static_cast<std::size_t>(packet->stream_index);
    if (input >= map_.size() || map_[input] == kNotCopied) {
        return;
    }
    const AVRational from = info_->streams[input].time_base;
    const bool is_cover = info_->streams[input].is_cover();
    const std::int64_t origin = av_rescale_q(origin_us_, AV_TIME_BASE_Q, from);
    if (is_cover) {
        packet->pts = packet->dts = origin;  // it has no time; muxers want one
    }
    packet->pts -= packet->pts != AV_NOPTS_VALUE ? origin : 0;
    packet->dts -= packet->dts != AV_NOPTS_VALUE ? origin : 0;
    packet->stream_index = map_[input];
    packet->pos = -1;
    av_packet_rescale_ts(packet.get(), from, context_->streams[packet->stream_index]->time_base);
    if (!is_cover) {
        if (!fit_before_zero(*packet, *context_)) {
            return;
        }
        lift_dts(*packet, *context_, last_dts_[static_cast<std::size_t>(packet->stream_index)]);
        order(*packet);
    }
    write(std::move(packet));
}

/// Muxers refuse packets that go back in time. Damaged or spliced inputs have some; like ffmpeg,
/// this moves them just behind the one before.
void Mux::order(AVPacket& packet) {
    std::int64_t& last = last_dts_[static_cast<std::size_t>(packet.stream_index)];
    const bool strict = (format().flags & AVFMT_TS_NONSTRICT) == 0;
    if (packet.dts == AV_NOPTS_VALUE) {
        packet.dts = packet.pts;
    }
    const std::int64_t earliest = last == AV_NOPTS_VALUE ? INT64_MIN + 1 : last + (strict ? 1 : 0);
    if (packet.dts == AV_NOPTS_VALUE || packet.dts < earliest) {
        packet.dts = last == AV_NOPTS_VALUE ? 0 : earliest;
        packet.pts = packet.pts == AV_NOPTS_VALUE ? packet.dts : std::max(packet.pts, packet.dts);
        ++moved_;
    }
    if (packet.pts == AV_NOPTS_VALUE) {
        packet.pts = packet.dts;
    }
    last = packet.dts;
}

void Mux::write(AvPacket packet) {
    const int code = av_interleaved_write_frame(context_.get(), packet.get());
    if (code < 0) {
        fail("a packet", code);
    }
}

void Mux::flush() {
    const bool groups = (format().flags & AVFMT_ALLOW_FLUSH) != 0;
    const int code = groups ? av_write_frame(context_.get(), nullptr) : 0;
    if (context_->pb != nullptr) {
        avio_flush(context_->pb);
    }
    target_->check();
    if (code < 0) {
        fail("a packet", code);
    }
}

void Mux::finish() {
    is_begun_ = false;
    const int code = av_write_trailer(context_.get());
    if (code < 0) {
        fail("the trailer", code);
    }
    target_->complete();
    if (moved_ > 0) {
        log::warning("{}: {} copied packets had time stamps that go back and were moved", name(),
                     moved_);
    }
}

void Mux::fail(const char* what, int code) {
    target_->check();  // a full disk explains itself better
    const std::string detail = last_libav_error();
    const bool is_file = context_->pb != nullptr && context_->pb->seekable != 0;
    throw MediaError(
        fmt::format("cannot write {}: the {} muxer refuses {}, {}{}{}", name(), format().name, what,
                    av_error_text(code), detail.empty() ? "" : " (" + detail + ")",
                    is_file ? "; .mkv takes nearly everything" : ""),
        code);
}

}  // namespace closet
