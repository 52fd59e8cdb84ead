#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.h"
#include "core/frame.h"
#include "core/media_info.h"
#include "core/option.h"
#include "core/picture_geometry.h"
#include "decode/demux.h"
#include "decode/pixel_convert.h"
#include "decode/video_decoder.h"

namespace closet {

struct DecodeOptions {
    std::optional<double> start_s{};  ///< seconds after the clip's beginning; unset: from there
    std::optional<double> end_s{};    ///< seconds after the clip's beginning; unset: to its end
    int threads = 0;                  ///< of the decoder; 0: by the number of cores (1 up to 7)
    bool hardware = false;            ///< decode on an NVIDIA card where there is one
    /// Frames stay on this card (Note [Frames on a device]) where it decodes them, `hardware` is
    /// set, and they are of a format that may. No option.
    std::optional<Device> stay_on{};
};
std::vector<Option> options_of(DecodeOptions& options);

/// The source of every pipeline over a file: all frames of its video, in display order, with the
/// packets of the other streams riding on them (Frame::passthrough).
///
/// Every frame has a time stamp, and each is later than the one before: a missing one is the
/// previous one plus its duration. Pixels are the decoder's own, unless nothing can paint on that
/// format; then they are converted once, and a message says so. Damaged packets are skipped and
/// counted in one warning at the end.
class Decode {
  public:
    using Output = Frame;
    static constexpr std::string_view kName = "decode";

    /// Opens the input. Throws MediaError (unreadable, no video) or ConfigError (the range).
    explicit Decode(const std::string& input, DecodeOptions options = {});

    /// The next frame, or nothing at the end. One frame is kept back, so that the last one carries
    /// the packets that follow it in the file. Throws MediaError where there is no frame at all,
    /// where the picture changes its size, and where reading fails.
    std::optional<Frame> next();

    std::shared_ptr<const MediaInfo> info() const { return demux_.info(); }

  private:
    std::optional<Frame> decode_one();
    bool is_proven(const AVFrame& image);
    void begin_farther_back();
    std::optional<Frame> take(AvFrame image);
    std::int64_t timestamp(const AVFrame& image);
    void check_size(const AVFrame& image);
    void tell_lost_alpha(const AVFrame& image) const;
    void put_picture(AvFrame image, Frame& frame);
    AvFrame paintable(AvFrame image);
    void report();

    std::string path_;
    Demux demux_;
    DecodeOptions options_;
    std::optional<VideoDecoder> decoder_;  ///< always there; a new one after each seek
    bool entry_proven_;                    ///< the picture where reading began is a whole one
    PixelConvert convert_;
    std::optional<Frame> ahead_;
    std::vector<AvPacket> pending_;  ///< of other streams, waiting for the next frame
    bool drained_ = false;
    bool ended_ = false;
    std::int64_t frames_ = 0;
    std::optional<std::int64_t> last_pts_;
    std::int64_t last_duration_ = 0;
    std::int64_t errors_before_range_ = 0;
    std::int64_t moved_ = 0;  ///< frames whose time stamp was not later than the one before
    int width_ = 0, height_ = 0;
    std::optional<PictureGeometry> geometry_;  ///< of the last frame
    AVPixelFormat format_ = AV_PIX_FMT_NONE;   ///< of all frames that are emitted
};

}  // namespace closet
