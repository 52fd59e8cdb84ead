#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/media_info.h"
#include "encode/mux.h"
#include "encode/stream/fit_to_size.h"
#include "encode/stream/live_output.h"
#include "encode/video_encoder.h"

namespace closet {

/// Size and storage for pictures like the first one, given as it is.
using ChooseCanvas = std::function<Canvas(Canvas)>;

struct MuxedOutputPlan {
    std::unique_ptr<MuxTarget> target;
    const AVOutputFormat* format = nullptr;
    EncodeOptions encode;        ///< of an encoder, or of libav's for pictures as they are
    ChooseCanvas choose_canvas;  ///< what the output can store
    AVRational rate{30, 1};      ///< frames a second to expect
    bool at_once = false;        ///< bytes leave with each frame; else in large parts
    std::string description;     ///< LiveOutput::describe
};

/// Every output that libav writes: frames turned upright and fitted, encoded, muxed.
class MuxedOutput : public LiveOutput {
  public:
    /// Throws ConfigError for codec or options that do not exist or do not fit the container.
    explicit MuxedOutput(MuxedOutputPlan plan);

    void write(const Frame& frame) override;
    void finish() override;
    std::string describe() const override { return description_; }

  private:
    void put(const Frame& frame);
    void begin(const Frame& first, const AVFrame& upright);
    void write_packets();
    std::int64_t time_of(const Frame& frame);
    template <class Work>
    void guard(Work work);

    std::string description_;
    ChooseCanvas choose_canvas_;
    bool at_once_;
    std::shared_ptr<const MediaInfo> info_;
    Mux mux_;
    VideoEncoder encoder_;
    PixelConvert convert_;
    std::optional<FitToSize> fit_;
    AVRational clock_;  ///< of the time stamps that the encoder gets
    std::int64_t frames_ = 0;
    std::int64_t first_pts_ = 0, last_time_ = -1;
    bool is_open_ = true;
};

}  // namespace closet
