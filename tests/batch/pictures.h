#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/frame.h"

namespace closet::test {

/// An uninitialized picture.
inline AvFrame make_picture(int width, int height, AVPixelFormat format) {
    AvFrame image = make_av_frame();
    image->width = width;
    image->height = height;
    image->format = format;
    av_check(av_frame_get_buffer(image.get(), 0), "test picture");
    return image;
}

/// An 8-bit yuv420p picture with the luma of a function and neutral chroma.
inline AvFrame luma_picture(int width, int height, const std::function<int(int x, int y)>& luma) {
    AvFrame image = make_picture(width, height, AV_PIX_FMT_YUV420P);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            image->data[0][y * image->linesize[0] + x] =
                static_cast<std::uint8_t>(std::clamp(luma(x, y), 0, 255));
        }
    }
    for (int plane = 1; plane < 3; ++plane) {
        std::fill_n(image->data[plane],
                    static_cast<std::size_t>(image->linesize[plane]) *
                        static_cast<std::size_t>((height + 1) / 2),
                    std::uint8_t{128});
    }
    return image;
}

/// Converts packed RGB into another format with libswscale, BT.601 limited range.
inline AvFrame picture_from_rgb(const cv::Mat& rgb, AVPixelFormat format) {
    AvFrame image = make_picture(rgb.cols, rgb.rows, format);
    const AvScaler scaler(sws_getContext(rgb.cols, rgb.rows, AV_PIX_FMT_RGB24, rgb.cols, rgb.rows,
                                         format, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr,
                                         nullptr));
    const std::uint8_t* planes[4] = {rgb.data, nullptr, nullptr, nullptr};
    const int strides[4] = {static_cast<int>(rgb.step), 0, 0, 0};
    sws_scale(scaler.get(), planes, strides, 0, rgb.rows, image->data, image->linesize);
    image->colorspace = AVCOL_SPC_SMPTE170M;
    return image;
}

/// Frame `index` of a stream with `rate` frames a second and a millisecond time base.
inline Frame make_frame(std::int64_t index, AvFrame image, double rate = 25.0) {
    Frame frame;
    frame.index = index;
    frame.time_base = {1, 1000};
    frame.pts = std::llround(static_cast<double>(index) * 1000.0 / rate);
    frame.duration = std::llround(1000.0 / rate);
    frame.image = std::move(image);
    return frame;
}

/// A smooth texture with structure at every scale that depends on `seed`; 0..255.
inline int texture(double x, double y, double seed) {
    const double value = std::sin(x * 6.1 + seed * 1.7) * std::cos(y * 4.3 - seed) +
                         0.6 * std::sin((x + y) * 13.0 + seed * 2.9) +
                         0.4 * std::cos((x - 2 * y) * 23.0 + seed * 5.3);
    return static_cast<int>(128.0 + 55.0 * value);
}

}  // namespace closet::test
