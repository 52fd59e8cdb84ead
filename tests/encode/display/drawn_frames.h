#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/error.h"
#include "core/frame.h"
#include "decode/pixel_convert.h"

namespace closet::test {

/// A smooth colorful picture (no fine detail, so that scaling and chroma siting hardly matter)
/// around `brightness` (0..255), in any pixel format, tagged bt709 in limited range (RGB: full).
inline Frame drawn_frame(int width, int height, AVPixelFormat format = AV_PIX_FMT_YUV420P,
                         int brightness = 128) {
    AvFrame bgr = make_av_frame();
    bgr->format = AV_PIX_FMT_BGR24;
    bgr->width = width;
    bgr->height = height;
    av_check(av_frame_get_buffer(bgr.get(), 0), "cannot allocate a picture");
    const auto level = [&](int value) {
        return static_cast<std::uint8_t>(std::min(255, std::max(0, value)));
    };
    for (int y = 0; y < height; ++y) {
        std::uint8_t* row = bgr->data[0] + static_cast<std::ptrdiff_t>(y) * bgr->linesize[0];
        for (int x = 0; x < width; ++x) {
            const int across = 60 * x / width - 30;
            const int down = 60 * y / height - 30;
            row[3 * x] = level(brightness + across);
            row[3 * x + 1] = level(brightness + down);
            row[3 * x + 2] = level(brightness - across / 2 + down);
        }
    }
    Frame frame;
    frame.image = format == AV_PIX_FMT_BGR24
                      ? std::move(bgr)
                      : PixelConvert{}(*bgr, {format, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG});
    return frame;
}

}  // namespace closet::test
