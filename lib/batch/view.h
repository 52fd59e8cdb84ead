#pragma once

#include "core/frame.h"
#include "core/pose.h"

namespace closet {

/// Makes the small picture that inference sees: the whole frame, upright, RGB.
///
/// Keeps the scaler of the last picture format, so one maker serves one stream.
class ViewMaker {
  public:
    /// `scale`: view pixels per frame pixel along each side, in (0, 1]. Throws ConfigError.
    explicit ViewMaker(double scale);

    /// The view of a frame in any pixel format that libswscale reads (all paintable ones are).
    /// Colours follow the frame's matrix and range tags; the sample aspect ratio is ignored, as the
    /// garment is painted in stored pixels. Throws MediaError for a format without software pixels.
    View make(const Frame& frame);

  private:
    /// What a scaler depends on.
    struct Source {
        int width = 0;
        int height = 0;
        AVPixelFormat format = AV_PIX_FMT_NONE;
        AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
        bool full_range = false;
        bool operator==(const Source&) const = default;
    };
    static Source describe(const AVFrame& image);
    void prepare(const Source& source);

    double scale_;
    Source source_;
    cv::Size size_;  ///< of the view, before it is turned upright
    AvScaler scaler_;
};

}  // namespace closet
