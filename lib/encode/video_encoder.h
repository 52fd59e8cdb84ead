#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/frame.h"
#include "core/media_info.h"
#include "decode/pixel_convert.h"
#include "encode/encode_options.h"
#include "encode/mux.h"

namespace closet {

/// libav's encoder: frames in, packets out. All settings are checked when it is constructed; it is
/// opened on the first frame, which tells the pixel format, the colors and the size. Frames on a
/// device (Note [Frames on a device]) go to NVIDIA's encoders as they are, if the first one is on
/// the device and nothing of it has to be converted, and else come down first.
class VideoEncoder {
  public:
    /// Throws ConfigError for a codec that does not exist or that the container cannot hold, and
    /// for options that neither the encoder nor the muxer knows.
    VideoEncoder(const EncodeOptions& options, Mux& mux, const MediaInfo& info);

    /// Opens the encoder for frames like this one. `tells`: whether messages say what is converted.
    /// Throws MediaError.
    void open(const Frame& first, bool tells = true);
    bool is_open() const { return avcodec_is_open(context_.get()) != 0; }
    const AVCodecContext& context() const { return *context_; }
    /// What it makes, for the container, once it is open.
    EncodedVideo video() const;

    /// Takes one frame, whose time stamps are on the clock of the output.
    void send(Frame frame);
    /// No more frames: `receive` gives the rest.
    void drain();
    /// The next packet, in `context().time_base`; nothing while more frames are needed or at the
    /// end.
    std::optional<AvPacket> receive();

  private:
    AvFrame prepare(AvFrame image);
    AvFrame to_device(const AVFrame& image);
    void tell_lost_alpha(const AVFrame& image);
    void check(int code, const char* what) const;

    std::string path_;
    const MediaInfo& info_;  ///< owned by whoever owns this encoder
    bool is_picture_;
    bool keeps_orientation_;   ///< the file tells how its pictures are to be shown,
    Orientation orientation_;  ///< so, and
    Orientation turned_by_;    ///< else their pixels are moved so
    const AVCodec* codec_;     ///< static; the context forgets it when it does not open
    AvCodecContext context_;
    PixelLayout layout_;
    std::vector<SideData> light_;
    bool told_alpha_ = false;
    PixelConvert convert_;
    FramePool fetched_;  ///< what comes down from a device
    std::optional<std::int64_t> last_pts_;
    std::map<std::int64_t, std::int64_t> durations_;  ///< by pts, of the frames inside the encoder
};

}  // namespace closet
