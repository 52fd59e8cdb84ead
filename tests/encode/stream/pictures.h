#pragma once

#include <cstdint>
#include <string>
#include <vector>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/frame.h"

namespace closet::test {

/// A picture in any planar or packed format of whole bytes. Each sample depends on its plane, place
/// and on `seed`, so that no shift, swap or mix-up goes unseen; deep samples stay in their range.
inline AvFrame make_picture(AVPixelFormat format, int width, int height, unsigned seed = 0) {
    AvFrame picture = make_av_frame();
    picture->format = format;
    picture->width = width;
    picture->height = height;
    av_check(av_frame_get_buffer(picture.get(), 0), "cannot make a picture");
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        const int bytes = av_image_get_linesize(format, width, plane);
        const bool is_chroma =
            (plane == 1 || plane == 2) && (descriptor.flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const int rows = is_chroma ? AV_CEIL_RSHIFT(height, descriptor.log2_chroma_h) : height;
        for (int y = 0; y < rows; ++y) {
            std::uint8_t* row = picture->data[plane] + y * picture->linesize[plane];
            for (int x = 0; x < bytes; ++x) {
                row[x] =
                    static_cast<std::uint8_t>(16 + (x * 7 + y * 13 + plane * 41 + seed * 29) % 200);
                if (descriptor.comp[0].depth == 10 && descriptor.comp[0].shift == 0 && x % 2 == 1) {
                    row[x] &= 3;  // high byte of ten bits
                }
            }
        }
    }
    return picture;
}

inline Frame make_frame(AvFrame picture, std::int64_t pts, AVRational time_base = {1, 1000000},
                        int rotation = 0) {
    Frame frame;
    frame.pts = pts;
    frame.time_base = time_base;
    frame.orientation.turn = rotation;
    frame.image = std::move(picture);
    return frame;
}

/// The pixels without padding, plane after plane.
inline std::string bytes_of(const AVFrame& picture) {
    const auto format = static_cast<AVPixelFormat>(picture.format);
    const int size = av_image_get_buffer_size(format, picture.width, picture.height, 1);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    av_check(
        av_image_copy_to_buffer(reinterpret_cast<std::uint8_t*>(bytes.data()), size, picture.data,
                                picture.linesize, format, picture.width, picture.height, 1),
        "cannot copy a picture");
    return bytes;
}

}  // namespace closet::test
