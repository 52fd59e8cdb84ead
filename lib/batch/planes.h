#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "core/frame.h"

namespace closet {

/// Reads single brightness samples of a picture in any paintable pixel format: Y, or G for RGB.
/// A view on the frame, which must outlive it.
class LumaReader {
  public:
    /// Throws MediaError for a picture whose pixels are not in memory.
    explicit LumaReader(const AVFrame& image);

    int width() const { return width_; }
    int height() const { return height_; }

    /// 0..255; samples of more than 8 bits lose their low bits.
    std::uint8_t at(int x, int y) const {
        const std::uint8_t* sample = first_ + static_cast<std::ptrdiff_t>(y) * row_step_ +
                                     static_cast<std::ptrdiff_t>(x) * step_;
        // Little endian: of a 16-bit word the second byte holds the high bits.
        return two_bytes_ ? static_cast<std::uint8_t>((sample[0] | sample[1] << 8) >> shift_)
                          : *sample;
    }

  private:
    const std::uint8_t* first_;
    int row_step_;
    int step_;
    int shift_;
    bool two_bytes_;
    int width_;
    int height_;
};

/// The pixels of plane `plane` of a paintable picture, not copied: CV_8U or CV_16U with as many
/// channels as are interleaved there. The picture must outlive it.
cv::Mat plane_of(const AVFrame& image, int plane);

/// `plane` at `size`, edges in place, each pixel the mean of what it covers. Not copied where the
/// size is the same already.
cv::Mat shrink(const cv::Mat& plane, cv::Size size);

/// A YUV or gray picture of any paintable format at `size`, as 8-bit planar Y, U and V with chroma
/// at half of `size`, rounded up. Planes may share the picture's memory. The frame may be on a
/// device: Note [Frames on a device].
struct SmallYuv {
    cv::Mat y, u, v;
};
SmallYuv shrink_yuv(const Frame& frame, cv::Size size);

/// An RGB picture of any paintable format at `size`, as packed R G B.
cv::Mat shrink_rgb(const AVFrame& image, cv::Size size);

}  // namespace closet
