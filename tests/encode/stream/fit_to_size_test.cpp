#include "encode/stream/fit_to_size.h"

#include <algorithm>
#include <cstdlib>

#include <doctest/doctest.h>

#include "encode/stream/pictures.h"

namespace closet::test {
namespace {

const PixelLayout kVideo{AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG};

AvFrame plain(AVPixelFormat format, int width, int height, int luma) {
    AvFrame picture = make_picture(format, width, height);
    for (int y = 0; y < height; ++y) {
        std::fill_n(picture->data[0] + y * picture->linesize[0], width,
                    static_cast<std::uint8_t>(luma));
    }
    return picture;
}

int luma_at(const AVFrame& picture, int x, int y) {
    return picture.data[0][y * picture.linesize[0] + x];
}

}  // namespace

TEST_SUITE("stream.fit") {
    TEST_CASE("pictures that fit pass untouched") {
        FitToSize fit({64, 48, kVideo});
        AvFrame picture = make_picture(AV_PIX_FMT_YUV420P, 64, 48);
        const std::uint8_t* pixels = picture->data[0];
        const AvFrame fitted = fit(std::move(picture));
        CHECK(fitted->data[0] == pixels);
    }

    TEST_CASE("a wider picture gets bars above and below and a taller one left and right") {
        FitToSize fit({64, 48, kVideo});
        const AvFrame wide = fit(plain(AV_PIX_FMT_YUV420P, 128, 48, 200));
        CHECK(wide->width == 64);
        CHECK(wide->height == 48);
        CHECK(luma_at(*wide, 32, 24) == doctest::Approx(200).epsilon(0.01));
        CHECK(luma_at(*wide, 32, 2) == 16);
        CHECK(luma_at(*wide, 32, 45) == 16);
        CHECK(luma_at(*wide, 1, 24) == doctest::Approx(200).epsilon(0.01));
        const AvFrame tall = fit(plain(AV_PIX_FMT_YUV420P, 48, 128, 200));
        CHECK(luma_at(*tall, 32, 24) == doctest::Approx(200).epsilon(0.01));
        CHECK(luma_at(*tall, 2, 24) == 16);
        CHECK(luma_at(*tall, 61, 24) == 16);
        const AvFrame again = fit(plain(AV_PIX_FMT_YUV420P, 128, 48, 100));
        CHECK(luma_at(*again, 32, 24) == doctest::Approx(100).epsilon(0.01));
    }

    TEST_CASE("bars are black to their last pixel whatever the shape") {
        for (int width = 2; width < 130; width += 3) {
            CAPTURE(width);
            FitToSize fit({131, 64, kVideo});
            const AvFrame fitted = fit(plain(AV_PIX_FMT_YUV420P, 2 * width, 128, 200));
            const int left = (131 - width) / 2 & ~1;
            int wrong = 0;
            for (int y = 0; y < 64; ++y) {
                for (int x = 0; x < 131; ++x) {
                    const bool is_bar = x < left || x >= left + width;
                    const int luma = luma_at(*fitted, x, y);
                    wrong += (is_bar ? luma != 16 : std::abs(luma - 200) > 1) ? 1 : 0;
                }
            }
            CHECK(wrong == 0);
        }
    }

    TEST_CASE("a shape that changes while the size stays is followed") {
        FitToSize fit({64, 48, kVideo});
        for (const AVRational aspect : {AVRational{2, 1}, {1, 3}, {1, 1}, {7, 2}}) {
            AvFrame picture = plain(AV_PIX_FMT_YUV420P, 32, 48, 200);
            picture->sample_aspect_ratio = aspect;
            const AvFrame fitted = fit(std::move(picture));
            CHECK((luma_at(*fitted, 1, 24) == 16) == (av_q2d(aspect) < 1.9));
            CHECK((luma_at(*fitted, 62, 24) == 16) == (av_q2d(aspect) < 1.9));
            CHECK((luma_at(*fitted, 32, 1) == 16) == (av_q2d(aspect) > 2.1));
        }
    }

    TEST_CASE("pixels that are not square keep their shape") {
        FitToSize fit({64, 48, kVideo});
        AvFrame narrow = plain(AV_PIX_FMT_YUV420P, 32, 48, 200);
        narrow->sample_aspect_ratio = {2, 1};  // 64 to 48 as it is shown
        const AvFrame fitted = fit(std::move(narrow));
        CHECK(luma_at(*fitted, 1, 1) == doctest::Approx(200).epsilon(0.01));
        CHECK(luma_at(*fitted, 62, 46) == doctest::Approx(200).epsilon(0.01));
        FitToSize wide({64, 48, kVideo, 2});  // shown as 128 to 48
        const AvFrame square = wide(plain(AV_PIX_FMT_YUV420P, 256, 96, 200));
        CHECK(luma_at(*square, 1, 1) == doctest::Approx(200).epsilon(0.01));
        CHECK(luma_at(*square, 62, 46) == doctest::Approx(200).epsilon(0.01));
    }

    TEST_CASE("other formats and ranges are converted") {
        FitToSize fit({64, 48, kVideo});
        AvFrame full = plain(AV_PIX_FMT_YUVJ420P, 64, 48, 255);
        full->color_range = AVCOL_RANGE_JPEG;
        const AvFrame limited = fit(std::move(full));
        CHECK(limited->format == AV_PIX_FMT_YUV420P);
        CHECK(luma_at(*limited, 5, 5) == doctest::Approx(235).epsilon(0.01));
        const AvFrame gray = fit(plain(AV_PIX_FMT_NV12, 32, 24, 120));
        CHECK(gray->format == AV_PIX_FMT_YUV420P);
        CHECK(luma_at(*gray, 20, 20) == doctest::Approx(120).epsilon(0.02));
    }

    TEST_CASE("every kind of canvas takes every size") {
        for (const AVPixelFormat format :
             {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE,
              AV_PIX_FMT_RGB24, AV_PIX_FMT_BGRA, AV_PIX_FMT_GBRP, AV_PIX_FMT_GRAY8,
              AV_PIX_FMT_YUYV422}) {
            CAPTURE(std::string(av_get_pix_fmt_name(format)));
            FitToSize fit({66, 50, {format}});
            for (const auto& [width, height] : {std::pair{66, 50}, {31, 77}, {300, 7}, {1, 1}}) {
                CAPTURE(width);
                const AvFrame fitted = fit(make_picture(AV_PIX_FMT_YUV420P, width, height));
                CHECK(fitted->width == 66);
                CHECK(fitted->height == 50);
                CHECK(fitted->format == format);
            }
        }
    }
}

}  // namespace closet::test
