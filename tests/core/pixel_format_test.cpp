#include "core/pixel_format.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "core/color.h"

using namespace closet;

TEST_CASE("pixel format: paintable formats stay and others lose as little as possible") {
    CHECK(paintable_format(AV_PIX_FMT_YUV420P) == AV_PIX_FMT_YUV420P);
    CHECK(paintable_format(AV_PIX_FMT_NV12) == AV_PIX_FMT_NV12);
    CHECK_FALSE(is_paintable(AV_PIX_FMT_YUV411P));
    CHECK(paintable_format(AV_PIX_FMT_YUV411P) == AV_PIX_FMT_YUV422P);
    CHECK(paintable_format(AV_PIX_FMT_YUV440P12LE) == AV_PIX_FMT_YUV444P12LE);
    CHECK(is_paintable(paintable_format(AV_PIX_FMT_PAL8)));
    CHECK(is_paintable(paintable_format(AV_PIX_FMT_GRAY16LE)));
}

TEST_CASE(
    "pixel format: whatever can be decoded is painted at its depth with its alpha and color") {
    int formats = 0;
    for (const AVPixFmtDescriptor* from = nullptr;
         (from = av_pix_fmt_desc_next(from)) != nullptr;) {
        const AVPixelFormat format = av_pix_fmt_desc_get_id(from);
        if (sws_isSupportedInput(format) == 0 || (from->flags & AV_PIX_FMT_FLAG_BAYER) != 0) {
            continue;
        }
        ++formats;
        CAPTURE(std::string(from->name));
        const AVPixelFormat painted = paintable_format(format);
        REQUIRE(painted != AV_PIX_FMT_NONE);
        CHECK(is_paintable(painted));
        const AVPixFmtDescriptor& to = *av_pix_fmt_desc_get(painted);
        CHECK(to.comp[0].depth >= std::min(from->comp[0].depth, 16));
        CHECK((has_alpha(painted) || !has_alpha(format)));
        CHECK(is_rgb(painted) == is_rgb(format));
        CHECK((!is_gray(painted) || is_gray(format)));
        CHECK(to.log2_chroma_w <= from->log2_chroma_w);
        CHECK(to.log2_chroma_h <= from->log2_chroma_h);
    }
    CHECK(formats > 150);
}

TEST_CASE("pixel format: encoders get depth before alpha and alpha before the kind of color") {
    constexpr std::array kH264{
        AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P,    AV_PIX_FMT_YUV422P,     AV_PIX_FMT_YUV444P,
        AV_PIX_FMT_NV12,    AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE,
        AV_PIX_FMT_GRAY8,   AV_PIX_FMT_GRAY10LE,    AV_PIX_FMT_NONE};
    for (const auto& [from, to] : {std::pair{AV_PIX_FMT_YUVA444P10LE, AV_PIX_FMT_YUV444P10LE},
                                   {AV_PIX_FMT_YUVA444P12LE, AV_PIX_FMT_YUV444P10LE},
                                   {AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV420P},
                                   {AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV422P10LE},
                                   {AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P10LE},
                                   {AV_PIX_FMT_GBRP12LE, AV_PIX_FMT_YUV444P10LE},
                                   {AV_PIX_FMT_RGBA64LE, AV_PIX_FMT_YUV444P10LE},
                                   {AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV444P},
                                   {AV_PIX_FMT_GRAY16LE, AV_PIX_FMT_GRAY10LE},
                                   {AV_PIX_FMT_YA8, AV_PIX_FMT_GRAY8},
                                   {AV_PIX_FMT_YUV411P, AV_PIX_FMT_YUV422P}}) {
        CAPTURE(std::string(av_get_pix_fmt_name(from)));
        CHECK(std::string(av_get_pix_fmt_name(nearest_format(kH264.data(), from))) ==
              av_get_pix_fmt_name(to));
    }
    constexpr std::array kWithAlpha{AV_PIX_FMT_RGB24, AV_PIX_FMT_ARGB, AV_PIX_FMT_GRAY8,
                                    AV_PIX_FMT_NONE};
    CHECK(nearest_format(kWithAlpha.data(), AV_PIX_FMT_YUVA444P10LE) == AV_PIX_FMT_ARGB);
    CHECK(nearest_format(kWithAlpha.data(), AV_PIX_FMT_YUV444P10LE) == AV_PIX_FMT_RGB24);
    constexpr std::array kVp9{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV444P10LE,
                              AV_PIX_FMT_GBRP, AV_PIX_FMT_NONE};
    CHECK(nearest_format(kVp9.data(), AV_PIX_FMT_YUVA420P) == AV_PIX_FMT_YUVA420P);
    CHECK(nearest_format(kVp9.data(), AV_PIX_FMT_YUVA444P10LE) == AV_PIX_FMT_YUV444P10LE);
    CHECK(nearest_format(kVp9.data(), AV_PIX_FMT_NONE) == AV_PIX_FMT_NONE);
}
