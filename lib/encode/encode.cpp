#include "encode/encode.h"

#include <fmt/format.h>

#include "core/error.h"
#include "encode/time_line.h"

namespace closet {

Encode::Encode(const std::filesystem::path& output, std::shared_ptr<const MediaInfo> info,
               const EncodeOptions& options)
    : info_(std::move(info)), mux_(output, info_), encoder_(options, mux_, *info_) {}

void Encode::consume(Frame frame) {
    if (mux_.is_picture() && frames_ > 0) {
        throw MediaError(fmt::format(
            "cannot write {}: a picture holds one frame and the input has more, name a video such "
            "as .mp4 or choose one frame of it",
            mux_.name()));
    }
    if (frames_ == 0) {
        origin_us_ = origin_us(mux_.format(), *info_,
                               av_rescale_q(frame.pts, frame.time_base, AV_TIME_BASE_Q));
        encoder_.open(frame);
        mux_.begin(encoder_.video(), origin_us_);
    }
    frame.pts -= av_rescale_q(origin_us_, AV_TIME_BASE_Q, frame.time_base);
    ++frames_;
    for (AvPacket& packet : frame.passthrough) {
        mux_.write_copy(std::move(packet));
    }
    frame.passthrough.clear();
    encoder_.send(std::move(frame));
    write_packets();
}

void Encode::finish() {
    const std::string path = mux_.name();
    if (frames_ == 0) {
        throw MediaError(fmt::format("cannot write {}: there was not one frame to encode", path));
    }
    encoder_.drain();
    write_packets();
    if (packets_ != frames_) {
        throw MediaError(fmt::format("cannot write {}: {} made {} packets of {} frames", path,
                                     encoder_.context().codec->name, packets_, frames_));
    }
    mux_.finish();
}

void Encode::write_packets() {
    while (std::optional<AvPacket> packet = encoder_.receive()) {
        ++packets_;
        mux_.write_video(std::move(*packet), encoder_.context().time_base);
    }
}

}  // namespace closet
