#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>
}

#include "core/frame.h"

namespace closet::test {

/// MD5 of the visible pixels, plane after plane without padding: what ffmpeg's framehash prints.
inline std::string hash_frame(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const int size = av_image_get_buffer_size(format, frame.width, frame.height, 1);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    av_image_copy_to_buffer(bytes.data(), size, frame.data, frame.linesize, format, frame.width,
                            frame.height, 1);
    std::uint8_t digest[16];
    av_md5_sum(digest, bytes.data(), bytes.size());
    std::string hex;
    for (const std::uint8_t byte : digest) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

inline std::string format_name(const AVFrame& frame) {
    return av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
}

}  // namespace closet::test
