#pragma once

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet {

/// Converts planar 8-bit 4:2:0 into packed 8-bit RGB of the same size with swscale's vector code,
/// whose general paths take many times as long: shrink the planes first, then convert what is left.
/// For one stream: what depends on size and colors is kept until they change.
class RgbScaler {
  public:
    /// packed: AV_PIX_FMT_RGB24 or AV_PIX_FMT_BGR24.
    explicit RgbScaler(AVPixelFormat packed) : packed_(packed) {}

    struct Colors {
        AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
        bool full_range = false;
        bool operator==(const Colors&) const = default;
    };
    /// y: CV_8UC1; u, v: CV_8UC1 of half its size, rounded up; to: CV_8UC3 of y's size, its rows
    /// padded to blocks of 32 pixels and a row to spare, since vector code writes whole blocks.
    /// Throws MediaError.
    void convert(const cv::Mat& y, const cv::Mat& u, const cv::Mat& v, const Colors& colors,
                 cv::Mat& to);

  private:
    void prepare(cv::Size size, const Colors& colors);

    AVPixelFormat packed_;
    cv::Size size_;
    Colors colors_;
    AvScaler scaler_;
};

}  // namespace closet
