#include "encode/stream/muxed_output.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "encode/stream/live_format.h"
#include "encode/upright.h"

namespace closet {
namespace {

/// Every usual frame rate has a whole number of ticks a frame here, and MPEG-4, whose ticks are
/// counted in 16 bits, still takes it.
constexpr AVRational kClock{1, 60000};

AVRational clock_for(const AVOutputFormat& format, AVRational rate) {
    return keeps_times(format) ? kClock : av_inv_q(rate);
}

/// An input with nothing but the video that the frames make up.
std::shared_ptr<const MediaInfo> make_info(AVRational clock, AVRational rate) {
    StreamInfo stream;
    stream.codec.reset(avcodec_parameters_alloc());
    if (!stream.codec) {
        throw std::bad_alloc();
    }
    stream.codec->codec_type = AVMEDIA_TYPE_VIDEO;
    stream.time_base = clock;
    stream.avg_frame_rate = rate;
    auto info = std::make_shared<MediaInfo>();
    info->frame_rate = rate;
    info->streams.push_back(std::move(stream));
    return info;
}

}  // namespace

MuxedOutput::MuxedOutput(MuxedOutputPlan plan)
    : description_(std::move(plan.description)),
      choose_canvas_(std::move(plan.choose_canvas)),
      at_once_(plan.at_once),
      info_(make_info(clock_for(*plan.format, plan.rate), plan.rate)),
      mux_(std::move(plan.target), *plan.format, info_),
      encoder_(plan.encode, mux_, *info_),
      clock_(info_->video().time_base) {
    mux_.context().strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // Y4M of more than 8 bits
}

void MuxedOutput::write(const Frame& frame) {
    if (!is_open_) {
        throw MediaError(fmt::format("cannot write {}: it has ended", mux_.name()));
    }
    guard([&] { put(frame); });
}

void MuxedOutput::finish() {
    if (!is_open_) {
        return;
    }
    is_open_ = false;
    if (frames_ == 0) {
        log::warning("{}: nothing is written, there was not one frame", mux_.name());
        return;
    }
    guard([&] {
        encoder_.drain();
        write_packets();
        mux_.finish();
        if (NewFile* file = mux_.file()) {
            file->publish();
        }
    });
}

/// A live run cannot be repeated: what a file has so far is kept when it cannot be continued.
template <class Work>
void MuxedOutput::guard(Work work) {
    const bool was_open = std::exchange(is_open_, false);
    try {
        work();
    } catch (const MediaError& error) {
        NewFile* file = mux_.file();
        const std::string kept = file != nullptr && frames_ > 1 ? file->keep() : std::string();
        throw MediaError(kept.empty()
                             ? error.what()
                             : fmt::format("{} (what came before is in {})", error.what(), kept),
                         error.averror());
    }
    is_open_ = was_open;
}

void MuxedOutput::put(const Frame& frame) {
    AvFrame image = reference(*frame.image);
    if (frame.orientation.swaps_sides()) {
        const auto format = static_cast<AVPixelFormat>(image->format);
        if (upright_format(format) != format) {
            image = convert_(*image, {upright_format(format)});
        }
    }
    image = turn_upright(std::move(image), frame.orientation);
    Frame upright;
    upright.index = frame.index;
    upright.time_base = clock_;
    upright.pts = time_of(frame);
    upright.duration = frame.duration > 0 ? av_rescale_q(frame.duration, frame.time_base, clock_)
                                          : av_rescale_q(1, av_inv_q(info_->frame_rate), clock_);
    if (!fit_) {
        const Canvas canvas{image->width, image->height, layout_of(*image), pixel_aspect(*image)};
        fit_.emplace(choose_canvas_(canvas));
    }
    upright.image = (*fit_)(std::move(image));
    if (frames_ == 0) {
        encoder_.open(upright);
        mux_.begin(encoder_.video());
    }
    ++frames_;
    encoder_.send(std::move(upright));
    write_packets();
    if (at_once_) {
        mux_.flush();
    }
}

void MuxedOutput::write_packets() {
    while (std::optional<AvPacket> packet = encoder_.receive()) {
        mux_.write_video(std::move(*packet), encoder_.context().time_base);
    }
}

/// From 0 on, and later than the one before also where both round to the same tick.
std::int64_t MuxedOutput::time_of(const Frame& frame) {
    if (frames_ == 0) {
        first_pts_ = av_rescale_q(frame.pts, frame.time_base, kClock);
    }
    const std::int64_t since_first = av_rescale_q(frame.pts, frame.time_base, kClock) - first_pts_;
    last_time_ = std::max(av_rescale_q(since_first, kClock, clock_), last_time_ + 1);
    return last_time_;
}

}  // namespace closet
