#pragma once

#include <memory>

#include "core/av_handles.h"
#include "core/media_info.h"
#include "core/picture_geometry.h"

namespace closet {

/// How the pixels of a picture are to be stored.
struct PixelLayout {
    AVPixelFormat format = AV_PIX_FMT_NONE;
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;   ///< unspecified: as the source has it
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;  ///< unspecified: as the source has it
};

/// Converts pictures between pixel formats with swscale's accurate path. Size, time stamps, aspect
/// ratio, primaries, transfer curve and side data stay; matrix and range are tagged as converted.
class PixelConvert {
  public:
    /// A new picture; the source is not touched. Throws MediaError where swscale cannot.
    AvFrame operator()(const AVFrame& source, PixelLayout target);

  private:
    struct Key {
        int width = 0, height = 0;
        PixelLayout from, to;
    };
    AvFrame to_yuv(const AVFrame& gray);

    Key key_;
    AvScaler scaler_;
    std::unique_ptr<PixelConvert> to_yuv_;
};

/// The layout that a picture has, by the rules of core/color.h.
PixelLayout layout_of(const AVFrame& picture);

/// Settles how a decoded picture is to be shown, from what its own data and its container say.
/// Sets its sample aspect ratio, where what the container says wins, as in players; returns its
/// orientation: its own display matrix or EXIF tag, else its stream's.
Orientation settle_how_shown(AVFrame& image, const MediaInfo& input);

}  // namespace closet
