#include "decode/decode.h"

#include <algorithm>
#include <iterator>

#include <strings.h>

#include <fmt/format.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/error.h"
#include "core/log.h"
#include "core/pixel_format.h"
#include "decode/pixel_convert.h"
#include "decode/video_decoder.h"

namespace closet {
namespace {

/// One frame at the stream's rate; 25 a second where that is unknown, as libav assumes.
std::int64_t usual_duration(const MediaInfo& info) {
    const AVRational rate = info.frame_rate.num > 0 ? info.frame_rate : AVRational{25, 1};
    return std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), info.video().time_base));
}

VideoDecoderOptions decoder_options(const DecodeOptions& options) {
    return {.threads = options.threads, .hardware = options.hardware, .stay_on = options.stay_on};
}

}  // namespace

std::vector<Option> options_of(DecodeOptions& o) {
    const char* group = "Input";
    return {
        {.names = flags::kStart,
         .group = group,
         .help = "begin here, seconds into the clip",
         .value = &o.start_s,
         .range = kFromZero},
        {.names = flags::kEnd,
         .group = group,
         .help = "end here, seconds into the clip",
         .value = &o.end_s,
         .range = kAboveZero},
        {.names = "--decode-threads",
         .group = group,
         .help = "decoder threads; 0 chooses",
         .value = &o.threads,
         .range = {0, 64}},
        {.names = "--hwaccel",
         .group = group,
         .help = "decode on the GPU where it can",
         .value = &o.hardware},
    };
}

Decode::Decode(const std::string& input, DecodeOptions options)
    : path_(input),
      demux_(input, {options.start_s, options.end_s}),
      options_(options),
      entry_proven_(!demux_.entry()) {
    decoder_.emplace(*demux_.info(), decoder_options(options_));
}

std::optional<Frame> Decode::next() {
    if (frames_ == 0 && !ended_) {
        ahead_ = decode_one();
    }
    if (!ahead_) {
        return std::nullopt;
    }
    Frame frame = std::move(*ahead_);
    ahead_ = decode_one();
    if (!ahead_) {
        std::move(pending_.begin(), pending_.end(), std::back_inserter(frame.passthrough));
        pending_.clear();
    }
    return frame;
}

std::optional<Frame> Decode::decode_one() {
    while (!ended_) {
        if (std::optional<AvFrame> image = decoder_->receive()) {
            if (!entry_proven_ && !is_proven(**image)) {
                continue;
            }
            if (std::optional<Frame> frame = take(std::move(*image))) {
                return frame;
            }
        } else if (drained_ && !entry_proven_) {
            begin_farther_back();
        } else if (drained_) {
            ended_ = true;
        } else if (std::optional<AvPacket> packet = demux_.read()) {
            if (demux_.is_video(**packet)) {
                decoder_->send(packet->get());
            } else {
                pending_.push_back(std::move(*packet));
            }
        } else {
            decoder_->send(nullptr);
            drained_ = true;
        }
    }
    report();
    return std::nullopt;
}

/// Looks at the pictures behind a seek. Those that come before the entry's own (leading ones, of an
/// open group) are before the range. The first one from there on has to be whole and not late;
/// otherwise decoding begins again. See note [Exact start] in demux.cpp.
bool Decode::is_proven(const AVFrame& image) {
    const StreamInfo& video = demux_.info()->video();
    const std::int64_t pts = image.best_effort_timestamp;
    if (pts != AV_NOPTS_VALUE && pts < *demux_.entry()) {
        return false;
    }
    // libav's H.264 decoder holds back what it cannot show as a whole. A picture of two fields, the
    // first of which is a key, has no mark of its own.
    const bool is_entry = pts == *demux_.entry() && video.codec->codec_id == AV_CODEC_ID_H264;
    entry_proven_ = pts != AV_NOPTS_VALUE && !demux_.is_behind_start(pts, video.time_base) &&
                    (is_entry || is_key_picture(image, video.codec->codec_id));
    if (!entry_proven_) {
        begin_farther_back();
    }
    return entry_proven_;
}

void Decode::begin_farther_back() {
    demux_.seek_farther();
    entry_proven_ = !demux_.entry();
    decoder_.emplace(*demux_.info(), decoder_options(options_));
    pending_.clear();
    drained_ = false;
}

/// A frame of the range; nothing for one that lies outside. The first one behind it ends the clip,
/// once the packets of the other streams that belong to it have been read.
std::optional<Frame> Decode::take(AvFrame image) {
    const MediaInfo& info = *demux_.info();
    const AVRational time_base = info.video().time_base;
    const std::int64_t pts = timestamp(*image);
    if (demux_.is_before_range(pts, time_base)) {
        return std::nullopt;
    }
    if (demux_.is_behind_range(pts, time_base)) {
        while (std::optional<AvPacket> packet = demux_.read()) {
            if (!demux_.is_video(**packet)) {
                pending_.push_back(std::move(*packet));
            }
        }
        ended_ = true;
        return std::nullopt;
    }
    check_size(*image);
    if (frames_ == 0 && info.cut_us != 0) {
        errors_before_range_ = decoder_->errors();  // of frames that nobody asked for
    }
    Frame frame;
    frame.index = frames_++;
    frame.pts = pts;
    frame.duration = duration_of(*image);
    frame.time_base = time_base;
    frame.orientation = settle_how_shown(*image, info);
    const PictureGeometry geometry = geometry_of(*image, frame.orientation);
    frame.scene_start = geometry_ != geometry;  // what was seen so far lies elsewhere now
    geometry_ = geometry;
    if (frame.index == 0) {
        tell_lost_alpha(*image);
    }
    put_picture(std::move(image), frame);
    frame.image->pts = pts;
    frame.passthrough = std::move(pending_);
    pending_.clear();
    return frame;
}

std::int64_t Decode::timestamp(const AVFrame& image) {
    std::int64_t pts = image.best_effort_timestamp;
    const bool usable = pts != AV_NOPTS_VALUE && std::abs(pts) < kMaxTimestamp;
    if (!usable) {
        pts = last_pts_ ? *last_pts_ + last_duration_ : 0;
    }
    if (last_pts_ && pts <= *last_pts_) {
        pts = *last_pts_ + 1;
        ++moved_;
    }
    last_pts_ = pts;
    const std::int64_t duration = duration_of(image);
    last_duration_ = duration > 0 ? duration : usual_duration(*demux_.info());
    return pts;
}

void Decode::check_size(const AVFrame& image) {
    if (frames_ == 0) {
        width_ = image.width;
        height_ = image.height;
    }
    if (image.width != width_ || image.height != height_) {
        const MediaInfo& info = *demux_.info();
        const double at =
            static_cast<double>(*last_pts_) * av_q2d(info.video().time_base) - info.start_s;
        throw MediaError(fmt::format(
            "{} changes its size from {}x{} to {}x{} at {:.3f} s; render the parts one by one with "
            "{} {:.3f} and {} {:.3f}",
            path_, width_, height_, image.width, image.height, at, flags::kEnd, at, flags::kStart,
            at));
    }
}

/// WebM keeps transparency as a second picture in each packet, which few decoders look at.
void Decode::tell_lost_alpha(const AVFrame& image) const {
    const Tags& tags = demux_.info()->video().metadata;
    const bool is_promised = std::any_of(tags.begin(), tags.end(), [](const auto& tag) {
        return strcasecmp(tag.first.c_str(), "alpha_mode") == 0 && tag.second != "0";
    });
    const auto format = static_cast<AVPixelFormat>(image.format);
    if (is_promised && (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) {
        log::loss("{}: its transparency is lost, libav's decoder of {} does not read it", path_,
                  avcodec_get_name(demux_.info()->video().codec->codec_id));
    }
}

void Decode::put_picture(AvFrame image, Frame& frame) {
    if (image->format != AV_PIX_FMT_CUDA) {
        frame.image = paintable(std::move(image));
        return;
    }
    frame.image = without_pixels(*image);
    frame.image->format = format_on_card(*image);
    frame.on_device = {std::move(image), *options_.stay_on};
}

AvFrame Decode::paintable(AvFrame image) {
    const auto format = static_cast<AVPixelFormat>(image->format);
    if (demux_.info()->video().codec->codec_id == AV_CODEC_ID_WEBP && !is_rgb(format)) {
        image->colorspace = AVCOL_SPC_BT470BG;  // by the format's definition; the decoder is silent
    }
    if (format_ == AV_PIX_FMT_NONE) {
        format_ = paintable_format(format);
        if (format != format_) {
            log::info("{}: converting {} to {}, which garments can be painted on", path_,
                      av_get_pix_fmt_name(format), av_get_pix_fmt_name(format_));
        }
    }
    return format == format_ ? std::move(image) : convert_(*image, {.format = format_});
}

void Decode::report() {
    if (frames_ == 0) {
        // Frames outside the range leave their time stamp behind.
        throw MediaError(
            last_pts_
                ? fmt::format("{} has no frame between {} and {}", path_, flags::kStart,
                              flags::kEnd)
                : fmt::format("cannot use {}: not one frame of its video can be decoded", path_));
    }
    const std::int64_t errors = decoder_->errors() - errors_before_range_;
    if (errors > 0 || decoder_->damaged() > 0) {
        log::loss(
            "{} is damaged: its decoder met {} errors, {} packets were skipped; what could be "
            "decoded is used",
            path_, errors, decoder_->damaged());
    }
    if (moved_ > 0) {
        log::warning("{}: {} frames had a time stamp not later than the one before and were moved",
                     path_, moved_);
    }
}

}  // namespace closet
