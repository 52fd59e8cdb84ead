#include "core/pixel_format.h"

#include <doctest/doctest.h>

using namespace closet;

TEST_CASE("pixel format: paintable formats stay and others lose as little as possible") {
    CHECK(paintable_format(AV_PIX_FMT_YUV420P) == AV_PIX_FMT_YUV420P);
    CHECK(paintable_format(AV_PIX_FMT_NV12) == AV_PIX_FMT_NV12);
    CHECK_FALSE(is_paintable(AV_PIX_FMT_YUV411P));
    CHECK(paintable_format(AV_PIX_FMT_YUV411P) == AV_PIX_FMT_YUV422P);
    CHECK(paintable_format(AV_PIX_FMT_YUV420P12LE) == AV_PIX_FMT_YUV420P10LE);
    CHECK(is_paintable(paintable_format(AV_PIX_FMT_PAL8)));
    CHECK(is_paintable(paintable_format(AV_PIX_FMT_GRAY16LE)));
}
