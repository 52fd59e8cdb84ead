#include "core/color.h"

#include <doctest/doctest.h>

using namespace closet;

namespace {

AvFrame picture(AVPixelFormat format, int width = 640, int height = 480) {
    AvFrame frame = make_av_frame();
    frame->format = format;
    frame->width = width;
    frame->height = height;
    return frame;
}

}  // namespace

TEST_CASE("color: untagged YUV is BT.709 from 1280 columns or 577 rows on") {
    for (const auto& [width, height, matrix] : {std::tuple{1280, 640, AVCOL_SPC_BT709},
                                                {1280, 32, AVCOL_SPC_BT709},
                                                {720, 577, AVCOL_SPC_BT709},
                                                {1024, 600, AVCOL_SPC_BT709},
                                                {720, 1280, AVCOL_SPC_BT709},
                                                {1279, 576, AVCOL_SPC_SMPTE170M},
                                                {720, 576, AVCOL_SPC_SMPTE170M},
                                                {400, 520, AVCOL_SPC_SMPTE170M}}) {
        CAPTURE(width);
        CAPTURE(height);
        for (const AVColorSpace tag :
             {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RESERVED, AVCOL_SPC_RGB, AVCOL_SPC_NB}) {
            const AvFrame frame = picture(AV_PIX_FMT_YUV420P, width, height);
            frame->colorspace = tag;
            CHECK(matrix_of(*frame) == matrix);
        }
    }
    const AvFrame tagged = picture(AV_PIX_FMT_NV12, 1920, 1080);
    tagged->colorspace = AVCOL_SPC_BT470BG;
    CHECK(matrix_of(*tagged) == AVCOL_SPC_BT470BG);
}

TEST_CASE("color: RGB and palettes are RGB whatever their tags say") {
    for (const AVPixelFormat format :
         {AV_PIX_FMT_RGB24, AV_PIX_FMT_GBRP12LE, AV_PIX_FMT_RGBA64LE, AV_PIX_FMT_PAL8}) {
        const AvFrame frame = picture(format);
        frame->colorspace = AVCOL_SPC_BT709;
        frame->color_range = AVCOL_RANGE_MPEG;
        CHECK(matrix_of(*frame) == AVCOL_SPC_RGB);
        CHECK(is_full_range(*frame));
    }
}

TEST_CASE(
    "color: yuvj is full, gray is full unless tagged limited, other YUV the other way round") {
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ444P}) {
        for (const AVColorRange tag :
             {AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
            const AvFrame frame = picture(format);
            frame->color_range = tag;
            CHECK(is_full_range(*frame));
        }
    }
    for (const AVPixelFormat format :
         {AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10LE, AV_PIX_FMT_GRAY16LE, AV_PIX_FMT_YA8}) {
        const AvFrame frame = picture(format);
        CHECK(is_full_range(*frame));
        frame->color_range = AVCOL_RANGE_MPEG;
        CHECK_FALSE(is_full_range(*frame));
    }
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_P010LE, AV_PIX_FMT_YUVA444P12LE}) {
        const AvFrame frame = picture(format);
        CHECK_FALSE(is_full_range(*frame));
        frame->color_range = AVCOL_RANGE_JPEG;
        CHECK(is_full_range(*frame));
    }
}

TEST_CASE("color: PQ, HLG and the matrix of BT.2020 mean its primaries where none are tagged") {
    const AvFrame frame = picture(AV_PIX_FMT_YUV420P10LE);
    CHECK(transfer_of(*frame) == AVCOL_TRC_BT709);
    CHECK(primaries_of(*frame) == AVCOL_PRI_BT709);
    frame->color_trc = AVCOL_TRC_SMPTE2084;
    CHECK(transfer_of(*frame) == AVCOL_TRC_SMPTE2084);
    CHECK(primaries_of(*frame) == AVCOL_PRI_BT2020);
    frame->color_primaries = AVCOL_PRI_SMPTE432;
    CHECK(primaries_of(*frame) == AVCOL_PRI_SMPTE432);
    frame->color_trc = AVCOL_TRC_BT2020_10;
    frame->color_primaries = AVCOL_PRI_NB;
    CHECK(transfer_of(*frame) == AVCOL_TRC_BT709);
    CHECK(primaries_of(*frame) == AVCOL_PRI_BT709);
    frame->colorspace = AVCOL_SPC_BT2020_NCL;
    CHECK(primaries_of(*frame) == AVCOL_PRI_BT2020);
}
