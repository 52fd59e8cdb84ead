#pragma once

#include <array>

#include "core/av_handles.h"
#include "core/frame.h"
#include "decode/pixel_convert.h"

namespace closet {

/// Size and storage that all pictures of an output share.
struct Canvas {
    int width = 0, height = 0;
    PixelLayout layout;       ///< what is unspecified is settled by the first picture
    double pixel_aspect = 1;  ///< width of a pixel over its height, as the output is shown
};

/// Width of a pixel over its height; 1 where it is not told.
double pixel_aspect(const AVFrame& picture);

/// Puts pictures of any size and format onto a canvas: converted, scaled with their shape kept, and
/// with black bars beside them. Those that fit as they are pass untouched.
class FitToSize {
  public:
    explicit FitToSize(Canvas canvas) : canvas_(canvas) {}

    /// Throws MediaError where swscale cannot convert.
    AvFrame operator()(AvFrame picture);

  private:
    AvFrame letterbox(const AVFrame& picture);

    Canvas canvas_;
    PixelConvert convert_;
    AvScaler scaler_;
    std::array<int, 4> scaled_{};  ///< by `scaler_`: from width and height to width and height
    FramePool pool_, scaled_pool_;
};

}  // namespace closet
