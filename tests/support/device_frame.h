#pragma once

#include <cstring>
#include <new>
#include <utility>

#include <opencv2/core/mat.hpp>

extern "C" {
#include <libavutil/imgutils.h>
}

#include "core/frame.h"

namespace closet::test {

/// What lies around the planes of a frame on a device.
inline constexpr std::uint8_t kAround = 0xA5;

/// The frame as if its picture (NV12 or P010) lay on a device, which is the processor: a part of a
/// larger surface, with rows far apart, and of a format that nobody else can read.
inline void put_on_device(Frame& frame) {
    const AVFrame& image = *frame.image;
    const auto format = static_cast<AVPixelFormat>(image.format);
    const int bytes = format == AV_PIX_FMT_NV12 ? 1 : 2;
    const int pitch = (image.width + 13) * bytes + 10;
    AvFrame surface = without_pixels(image);
    surface->format = AV_PIX_FMT_CUDA;
    const int rows = image.height + 4;
    surface->buf[0] =
        av_buffer_alloc(static_cast<std::size_t>(pitch) * static_cast<std::size_t>(2 * rows));
    if (surface->buf[0] == nullptr) {
        throw std::bad_alloc();
    }
    std::memset(surface->buf[0]->data, kAround, surface->buf[0]->size);
    for (const int plane : {0, 1}) {
        surface->data[plane] = surface->buf[0]->data + (plane * rows + 2) * pitch + 4 * bytes;
        surface->linesize[plane] = pitch;
        av_image_copy_plane(surface->data[plane], pitch, image.data[plane], image.linesize[plane],
                            av_image_get_linesize(format, image.width, plane),
                            AV_CEIL_RSHIFT(image.height, plane));
    }
    frame.image = without_pixels(image);
    frame.on_device = {std::move(surface), Device{}};
}

/// Whether nothing was written around the planes of a frame that was put on a device.
inline bool is_around_untouched(const Frame& frame) {
    const AVFrame& surface = *frame.on_device.surface;
    const auto format = static_cast<AVPixelFormat>(frame.image->format);
    const std::size_t pitch = static_cast<std::size_t>(surface.linesize[0]);
    cv::Mat1b bytes(static_cast<int>(surface.buf[0]->size / pitch), static_cast<int>(pitch),
                    surface.buf[0]->data);
    bytes = bytes.clone();
    for (const int plane : {0, 1}) {
        const auto at = static_cast<std::size_t>(surface.data[plane] - surface.buf[0]->data);
        bytes(cv::Rect(static_cast<int>(at % pitch), static_cast<int>(at / pitch),
                       av_image_get_linesize(format, frame.width(), plane),
                       AV_CEIL_RSHIFT(frame.height(), plane))) = kAround;
    }
    return cv::countNonZero(bytes != kAround) == 0;
}

}  // namespace closet::test
