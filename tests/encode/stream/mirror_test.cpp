#include "encode/stream/mirror.h"

#include <cstring>

#include <doctest/doctest.h>

#include "core/pixel_format.h"
#include "encode/stream/pictures.h"

namespace closet::test {
namespace {

std::vector<AVPixelFormat> paintable_formats() {
    std::vector<AVPixelFormat> formats;
    const AVPixFmtDescriptor* each = nullptr;
    while ((each = av_pix_fmt_desc_next(each)) != nullptr) {
        const AVPixelFormat format = av_pix_fmt_desc_get_id(each);
        if (is_paintable(format)) {
            formats.push_back(format);
        }
    }
    return formats;
}

/// One sample after the other, by libav's own description of the format.
bool is_mirrored(const AVFrame& original, const AVFrame& mirrored, bool swap_rows) {
    const AVPixFmtDescriptor& format =
        *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(original.format));
    for (int i = 0; i < format.nb_components; ++i) {
        const AVComponentDescriptor& part = format.comp[i];
        const bool is_chroma = (i == 1 || i == 2) && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const int across = is_chroma ? format.log2_chroma_w : 0;
        const int down = is_chroma ? format.log2_chroma_h : 0;
        const int columns = (original.width + (1 << across) - 1) >> across;
        const int rows = (original.height + (1 << down) - 1) >> down;
        const auto bytes = static_cast<std::size_t>((part.depth + part.shift + 7) / 8);
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                const int from_x = swap_rows ? x : columns - 1 - x;
                const int from_y = swap_rows ? rows - 1 - y : y;
                const std::uint8_t* to = mirrored.data[part.plane] +
                                         y * mirrored.linesize[part.plane] + x * part.step +
                                         part.offset;
                const std::uint8_t* from = original.data[part.plane] +
                                           from_y * original.linesize[part.plane] +
                                           from_x * part.step + part.offset;
                if (std::memcmp(to, from, bytes) != 0) {
                    return false;
                }
            }
        }
    }
    return true;
}

}  // namespace

TEST_SUITE("mirror") {
    TEST_CASE("every paintable format and rotation is mirrored sample by sample") {
        CHECK(paintable_formats().size() >= 17);
        Mirror mirror;
        for (const AVPixelFormat format : paintable_formats()) {
            for (const auto& [width, height] : {std::pair{64, 48}, {67, 37}, {1, 1}, {130, 5}}) {
                for (const int rotation : {0, 90, 180, 270}) {
                    CAPTURE(std::string(av_get_pix_fmt_name(format)));
                    CAPTURE(width);
                    CAPTURE(rotation);
                    Frame frame =
                        make_frame(make_picture(format, width, height), 7, {1, 1000000}, rotation);
                    const std::string before = bytes_of(*frame.image);
                    const Frame mirrored = mirror(frame);
                    CHECK(is_mirrored(*frame.image, *mirrored.image, rotation % 180 != 0));
                    CHECK(bytes_of(*frame.image) == before);
                }
            }
        }
    }

    TEST_CASE("twice in the mirror is the picture itself") {
        Mirror there, back;
        const Frame frame = make_frame(make_picture(AV_PIX_FMT_NV12, 65, 33), 0);
        CHECK(bytes_of(*back(there(frame)).image) == bytes_of(*frame.image));
    }

    TEST_CASE("everything but the pixels stays as it is") {
        Frame frame = make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48), 1234, {1, 90000}, 270);
        frame.index = 5;
        frame.duration = 3000;
        frame.scene_start = true;
        frame.image->colorspace = AVCOL_SPC_BT709;
        frame.image->color_range = AVCOL_RANGE_JPEG;
        frame.image->sample_aspect_ratio = {4, 3};
        Mirror mirror;
        const Frame mirrored = mirror(frame);
        CHECK(mirrored.index == 5);
        CHECK(mirrored.pts == 1234);
        CHECK(mirrored.duration == 3000);
        CHECK(mirrored.time_base.den == 90000);
        CHECK(mirrored.orientation == Orientation{270});
        CHECK(mirrored.scene_start);
        CHECK(mirrored.image->colorspace == AVCOL_SPC_BT709);
        CHECK(mirrored.image->color_range == AVCOL_RANGE_JPEG);
        CHECK(mirrored.image->sample_aspect_ratio.num == 4);
    }

    TEST_CASE("pictures that are still held are not written over") {
        Mirror mirror;
        const Frame frame = make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48, 1), 0);
        const Frame first = mirror(frame);
        const std::string kept = bytes_of(*first.image);
        const Frame second = mirror(make_frame(make_picture(AV_PIX_FMT_YUV420P, 64, 48, 2), 1));
        CHECK(bytes_of(*first.image) == kept);
        CHECK(bytes_of(*second.image) != kept);
    }

    TEST_CASE("a format that cannot be painted on is refused with the remedy") {
        Mirror mirror;
        const Frame frame = make_frame(make_picture(AV_PIX_FMT_YUYV422, 64, 48), 0);
        CHECK_THROWS_WITH_AS(mirror(frame),
                             "cannot mirror pictures of the pixel format yuyv422, use --no-mirror",
                             MediaError);
    }
}

}  // namespace closet::test
