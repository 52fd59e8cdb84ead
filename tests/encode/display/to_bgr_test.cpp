#include "encode/display/to_bgr.h"
#include "core/picture_geometry.h"

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "decode/pixel_convert.h"
#include "encode/display/drawn_frames.h"

namespace closet {
namespace {

constexpr std::array kFormats{
    AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUV422P,      AV_PIX_FMT_YUV444P,     AV_PIX_FMT_YUVJ420P,
    AV_PIX_FMT_YUVJ422P,    AV_PIX_FMT_YUVJ444P,     AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
    AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_NV12,         AV_PIX_FMT_P010LE,      AV_PIX_FMT_RGB24,
    AV_PIX_FMT_BGR24,       AV_PIX_FMT_RGBA,         AV_PIX_FMT_BGRA,        AV_PIX_FMT_GBRP,
    AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUVA444P10LE, AV_PIX_FMT_YUV422P16LE, AV_PIX_FMT_GBRP10LE,
    AV_PIX_FMT_GBRAP12LE,   AV_PIX_FMT_RGB48LE,      AV_PIX_FMT_BGRA64LE,
};

/// The frame by swscale's accurate path, stored way up.
cv::Mat accurate_bgr(const Frame& frame) {
    const AvFrame bgr =
        PixelConvert{}(*frame.image, {AV_PIX_FMT_BGR24, AVCOL_SPC_RGB, AVCOL_RANGE_JPEG});
    return cv::Mat(bgr->height, bgr->width, CV_8UC3, bgr->data[0],
                   static_cast<std::size_t>(bgr->linesize[0]))
        .clone();
}

/// Where a pixel of the stored picture is seen.
cv::Mat as_shown(const cv::Mat& stored, Orientation orientation) {
    cv::Mat result = stored;
    if (orientation.mirrored) {
        cv::flip(stored, result, 1);
    }
    for (int degrees = 0; degrees < orientation.turn; degrees += 90) {
        cv::Mat next;
        cv::rotate(result, next, cv::ROTATE_90_CLOCKWISE);
        result = next;
    }
    return result;
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
    REQUIRE(a.size() == b.size());
    return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3);
}

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
    return cv::norm(a, b, cv::NORM_INF);
}

}  // namespace

TEST_CASE("every paintable format becomes the colors of the accurate conversion") {
    for (const AVPixelFormat format : kFormats) {
        CAPTURE(std::string(av_get_pix_fmt_name(format)));
        const Frame frame = test::drawn_frame(320, 180, format);
        ToBgr to_bgr;
        const cv::Mat bgr = to_bgr(frame, geometry_of(frame).shown);
        const cv::Mat expected = accurate_bgr(frame);
        CHECK(bgr.type() == CV_8UC3);
        CHECK(mean_difference(bgr, expected) < 1.5);
        CHECK(largest_difference(bgr, expected) <= 6.0);
    }
}

TEST_CASE("gray is gray at both ranges") {
    Frame frame = test::drawn_frame(64, 48, AV_PIX_FMT_GRAY8);
    ToBgr to_bgr;
    for (const AVColorRange range : {AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
        frame.image->color_range = range;
        CHECK(largest_difference(to_bgr(frame, {64, 48}), accurate_bgr(frame)) <= 6.0);
    }
    frame.image->color_range = AVCOL_RANGE_UNSPECIFIED;  // full, as players take it
    const cv::Mat bgr = to_bgr(frame, {64, 48}).clone();
    frame.image->color_range = AVCOL_RANGE_JPEG;
    CHECK(largest_difference(bgr, accurate_bgr(frame)) <= 6.0);
}

TEST_CASE("every orientation is shown upright and readable") {
    for (int tag = 1; tag <= 8; ++tag) {
        for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_BGRA}) {
            CAPTURE(tag);
            Frame frame = test::drawn_frame(320, 180, format);
            frame.orientation = orientation_of_exif(tag);
            ToBgr to_bgr;
            const cv::Mat bgr = to_bgr(frame, geometry_of(frame).shown);
            CHECK(largest_difference(bgr, as_shown(accurate_bgr(frame), frame.orientation)) <= 6.0);
        }
    }
}

TEST_CASE("a picture for a smaller or larger window is the whole frame at that size") {
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_NV12, AV_PIX_FMT_GBRP}) {
        for (const cv::Size size : {cv::Size(200, 113), cv::Size(99, 55), cv::Size(40, 22),
                                    cv::Size(640, 360), cv::Size(321, 180), cv::Size(1, 1)}) {
            CAPTURE(std::string(av_get_pix_fmt_name(format)));
            CAPTURE(size.width);
            const Frame frame = test::drawn_frame(320, 180, format);
            ToBgr to_bgr;
            cv::Mat expected;
            cv::resize(accurate_bgr(frame), expected, size, 0, 0,
                       size.width < 320 ? cv::INTER_AREA : cv::INTER_LINEAR);
            CHECK(largest_difference(to_bgr(frame, size), expected) <= 8.0);
        }
    }
}

TEST_CASE("pictures of odd sizes are whole to the last pixel") {
    for (const cv::Size size :
         {cv::Size(1, 1), cv::Size(3, 5), cv::Size(33, 17), cv::Size(319, 181)}) {
        for (const AVPixelFormat format : kFormats) {
            CAPTURE(std::string(av_get_pix_fmt_name(format)));
            CAPTURE(size.width);
            const Frame frame = test::drawn_frame(size.width, size.height, format);
            ToBgr to_bgr;
            const cv::Mat bgr = to_bgr(frame, size);
            REQUIRE(bgr.size() == size);
            const cv::Mat expected = accurate_bgr(frame);
            // Few pixels differ much from one to the next here: chroma of the nearest sample may
            // be off by half a step.
            CHECK(largest_difference(bgr, expected) <= (size.width < 10 ? 30.0 : 8.0));
        }
    }
}

TEST_CASE("the matrix and the range of the frame are followed") {
    Frame frame = test::drawn_frame(64, 64);
    ToBgr to_bgr;
    const cv::Mat by_709 = to_bgr(frame, {64, 64}).clone();
    frame.image->colorspace = AVCOL_SPC_SMPTE170M;
    const cv::Mat by_601 = to_bgr(frame, {64, 64}).clone();
    CHECK(largest_difference(by_601, accurate_bgr(frame)) <= 6.0);
    frame.image->color_range = AVCOL_RANGE_JPEG;
    const cv::Mat full = to_bgr(frame, {64, 64}).clone();
    CHECK(largest_difference(full, accurate_bgr(frame)) <= 6.0);
    CHECK(mean_difference(by_709, by_601) > 0.5);
    CHECK(mean_difference(by_601, full) > 2.0);
}

TEST_CASE("frames of one kind share the converter's buffers") {
    ToBgr to_bgr;
    const Frame frame = test::drawn_frame(320, 180);
    const void* first = to_bgr(frame, {160, 90}).data;
    CHECK(to_bgr(frame, {160, 90}).data == first);
}

TEST_CASE("pixels that are not square are shown so that circles are round") {
    Frame frame = test::drawn_frame(720, 576);
    frame.image->sample_aspect_ratio = {16, 15};
    CHECK(geometry_of(frame).shown == cv::Size(768, 576));
    frame.orientation.turn = 90;
    CHECK(geometry_of(frame).shown == cv::Size(576, 768));
    frame.orientation.turn = 0;
    frame.image->sample_aspect_ratio = {8, 9};
    CHECK(geometry_of(frame).shown == cv::Size(720, 648));
    for (const AVRational nonsense : {AVRational{1, 100000}, AVRational{2000000000, 1},
                                      AVRational{-1, 2}, AVRational{0, 1}, AVRational{1, 0}}) {
        frame.image->sample_aspect_ratio = nonsense;
        CHECK(geometry_of(frame).shown == cv::Size(720, 576));
    }
}

TEST_CASE("a format that cannot be painted in is refused by name") {
    Frame frame = test::drawn_frame(64, 64);
    frame.image->format = AV_PIX_FMT_YUYV422;
    ToBgr to_bgr;
    CHECK_THROWS_WITH_AS(to_bgr(frame, {64, 64}),
                         "the window cannot show frame 0 in pixel format yuyv422", MediaError);
}

}  // namespace closet
