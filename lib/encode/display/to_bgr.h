#pragma once

#include <array>

#include <opencv2/core/mat.hpp>

#include "core/frame.h"
#include "core/rgb_scaler.h"

namespace closet {

/// Makes the picture that a window shows: upright, B G R. One converter serves one stream; it keeps
/// its buffers.
///
/// Planes are shrunk as they are and only the picture of the wanted size becomes BGR, by swscale's
/// vector code for planar 4:2:0, which takes chroma from the nearest sample: much faster than its
/// general path, and a preview shows no difference.
class ToBgr {
  public:
    /// `frame` in any paintable pixel format (core/pixel_format.h), MediaError for others, as a
    /// picture of `size`, CV_8UC3. Colors follow the frame's matrix and range tags. The result
    /// belongs to the caller until the next call, who may draw in it.
    cv::Mat operator()(const Frame& frame, cv::Size size);

  private:
    /// Buffers of one plane on its way to 8 bits at the wanted size.
    struct Plane {
        cv::Mat halved, halved_again, sized, bytes;
    };
    cv::Mat sized(Plane& buffers, const cv::Mat& plane, cv::Size size, int surplus_bits);
    void bgr_from_yuv(const AVFrame& image, cv::Size size);
    void bgr_from_rgb(const AVFrame& image, cv::Size size);

    RgbScaler scaler_{AV_PIX_FMT_BGR24};
    std::array<Plane, 3> planes_;
    std::array<cv::Mat, 2> split_;  ///< chroma that came interleaved
    cv::Mat gray_chroma_;
    cv::Mat bgr_, larger_, turned_;
};

}  // namespace closet
