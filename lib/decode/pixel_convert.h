#pragma once

#include "core/av_handles.h"

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
    Key key_;
    AvScaler scaler_;
};

/// The matrix of a picture; where it is not tagged, BT.709 from 720 lines on and BT.601 below, as
/// players assume.
AVColorSpace matrix_of(const AVFrame& frame);

/// True for pictures whose samples use the full range: tagged so, yuvj formats and RGB.
bool is_full_range(const AVFrame& frame);

bool is_rgb(AVPixelFormat format);

}  // namespace closet
