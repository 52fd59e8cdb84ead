#include "encode/encode_units.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/time_line.h"

namespace closet {
namespace {

/// Stands for a file that is written later.
class NoTarget final : public MuxTarget {
  public:
    explicit NoTarget(std::string name) : name_(std::move(name)) {}
    std::string name() const override { return name_; }
    AVIOContext* io() override { return nullptr; }
    void check() override {}
    void complete() override {}

  private:
    std::string name_;
};

/// The frame, with what another picture tells of itself.
Frame described_as(const Frame& frame, const AVFrame& other) {
    Frame result = share_picture(frame);
    AVFrame& picture = *result.image;
    while (picture.nb_side_data > 0) {
        av_frame_remove_side_data(&picture, picture.side_data[0]->type);
    }
    av_check(av_frame_copy_props(&picture, &other), "cannot copy a picture's properties");
    return result;
}

}  // namespace

AvFrame properties_of(const AVFrame& picture) {
    AvFrame result = make_av_frame();
    av_check(av_frame_copy_props(result.get(), &picture), "cannot copy a picture's properties");
    return result;
}

EncodeUnits::EncodeUnits(const std::filesystem::path& output, std::shared_ptr<const MediaInfo> info,
                         EncodeOptions options, UnitPlaces places)
    : info_(std::move(info)),
      options_(std::move(options)),
      places_(std::move(places)),
      mux_(std::make_unique<NoTarget>(output.string()), *container_of(output).format, info_) {
    if (container_of(output).is_picture) {
        throw ConfigError(
            fmt::format("cannot write {} in units: it is a picture of one frame", output.string()));
    }
    encoder_.emplace(options_, mux_, *info_);  // tells now what is wrong with the options
}

void EncodeUnits::consume(Frame frame) {
    if (frame.unit_start && unit_frames_ > 0) {
        end_unit(&frame);
    }
    if (unit_frames_ == 0) {
        begin_unit(frame);
    }
    ++frames_;
    ++unit_frames_;
    frame.passthrough.clear();
    end_us_ = av_rescale_q(frame.pts + frame.duration, frame.time_base, AV_TIME_BASE_Q);
    frame.pts -= av_rescale_q(*origin_us_, AV_TIME_BASE_Q, frame.time_base);
    encoder_->send(std::move(frame));
    write_packets();
}

void EncodeUnits::finish() {
    if (frames_ == 0) {
        throw MediaError(
            fmt::format("cannot write {}: there was not one frame to encode", mux_.name()));
    }
    end_unit(nullptr);
}

void EncodeUnits::begin_unit(const Frame& frame) {
    if (!origin_us_) {
        const std::int64_t first_us =
            places_.first_us.value_or(av_rescale_q(frame.pts, frame.time_base, AV_TIME_BASE_Q));
        origin_us_ = origin_us(mux_.format(), *info_, first_us);
    }
    if (!places_.like) {
        places_.like = properties_of(*frame.image);
    }
    if (!encoder_) {
        encoder_.emplace(options_, mux_, *info_);
    }
    encoder_->open(described_as(frame, *places_.like), frames_ == 0);
    file_.emplace(places_.file_of(frame), encoder_->video(),
                  NewFileOptions{.ending = places_.working_ending});
}

void EncodeUnits::end_unit(const Frame* next) {
    encoder_->drain();
    write_packets();
    if (file_->packets() != unit_frames_) {
        throw MediaError(fmt::format("cannot write {}: {} made {} packets of {} frames",
                                     mux_.name(), encoder_->context().codec->name, file_->packets(),
                                     unit_frames_));
    }
    UnitDone done{unit_frames_, end_us_, file_->publish()};
    encoder_.reset();
    file_.reset();
    unit_frames_ = 0;
    places_.ended(std::move(done), next);
}

void EncodeUnits::write_packets() {
    while (std::optional<AvPacket> packet = encoder_->receive()) {
        file_->write(**packet);
    }
}

}  // namespace closet
