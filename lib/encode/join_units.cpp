#include "encode/join_units.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/time_line.h"
#include "encode/unit_file.h"
#include "encode/video_encoder.h"

namespace closet {
namespace {

/// The packets of all units, one after the other.
class Joined {
  public:
    explicit Joined(const std::vector<UnitToJoin>& units)
        : units_(units), first_(units.at(0).file) {
        open();
    }

    const EncodedVideo& video() const { return first_.video(); }

    std::optional<AvPacket> next() {
        for (;;) {
            if (std::optional<AvPacket> packet = reader_->next()) {
                order(**packet);
                return packet;
            }
            if (reader_->hash() != units_[at_].sha256) {
                fail_as_changed(units_[at_].file);
            }
            if (at_ + 1 == units_.size()) {
                return std::nullopt;
            }
            ++at_;
            open();
            if (!is_same_stream(video(), reader_->video())) {
                throw MediaError(fmt::format(
                    "cannot join {} to the units before: it was encoded with other settings; "
                    "remove it, and it is made again",
                    units_[at_].file.string()));
            }
        }
    }

  private:
    /// Where frames come more slowly than before, the first ones of a unit are decoded so much
    /// ahead of their time that it lies before the end of the last unit.
    void order(AVPacket& packet) {
        if (last_dts_ && packet.dts <= *last_dts_) {
            packet.dts = std::min(*last_dts_ + 1, packet.pts);
        }
        last_dts_ = packet.dts;
    }

    void open() { reader_.emplace(units_[at_].file); }

    const std::vector<UnitToJoin>& units_;
    std::size_t at_ = 0;
    std::optional<UnitReader> reader_;
    UnitReader first_;  ///< for what it says of the video
    std::optional<std::int64_t> last_dts_;
};

}  // namespace

void join_units(Mux& mux, const MediaInfo& info, const EncodeOptions& options,
                std::int64_t first_us, const std::vector<UnitToJoin>& units,
                const ClipPackets& packets) {
    Joined joined(units);
    const VideoEncoder settings(options, mux, info);  // tells the muxer what is its part of them
    mux.begin(joined.video(), origin_us(mux.format(), info, first_us));
    bool ended = false;
    const auto write_one = [&] {
        std::optional<AvPacket> packet = ended ? std::nullopt : joined.next();
        ended = !packet;
        if (packet) {
            mux.write_video(std::move(*packet), joined.video().time_base);
        }
    };
    while (packets.next) {
        std::optional<AvPacket> packet = packets.next();
        if (!packet) {
            break;
        }
        const auto stream = static_cast<std::size_t>((*packet)->stream_index);
        if (stream == info.video_stream) {
            write_one();
            continue;
        }
        const AVRational time_base = info.streams.at(stream).time_base;
        const std::int64_t pts = (*packet)->pts != AV_NOPTS_VALUE ? (*packet)->pts : (*packet)->dts;
        const bool is_late = packets.until_us && pts != AV_NOPTS_VALUE &&
                             av_compare_ts(pts, time_base, *packets.until_us, AV_TIME_BASE_Q) >= 0;
        if (!is_late) {
            mux.write_copy(std::move(*packet));
        }
    }
    while (!ended) {
        write_one();
    }
    mux.finish();
}

}  // namespace closet
