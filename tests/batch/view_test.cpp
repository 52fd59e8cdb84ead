#include "batch/view.h"

#include <array>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "batch/pictures.h"
#include "core/error.h"
#include "core/picture_geometry.h"

namespace closet {
namespace {

using test::make_frame;

/// The brightness center of a view, in view pixels.
cv::Vec2d center_of_light(const cv::Mat& rgb) {
    double sum = 0, x_sum = 0, y_sum = 0;
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
            const double value = rgb.at<cv::Vec3b>(y, x)[1];
            sum += value;
            x_sum += value * x;
            y_sum += value * y;
        }
    }
    return {x_sum / sum, y_sum / sum};
}

/// A bright soft spot at (x, y) on black.
AvFrame spot(int width, int height, double x, double y) {
    return test::luma_picture(width, height, [=](int px, int py) {
        const double d2 = (px - x) * (px - x) + (py - y) * (py - y);
        return static_cast<int>(16.5 + 200.0 * std::exp(-d2 / (2 * 9.0 * 9.0)));
    });
}

TEST_CASE("view: a point of the view maps to where the frame shows it, however it is stored") {
    for (int tag = 1; tag <= 8; ++tag) {
        for (const double scale : {1.0, 0.5, 0.37, 0.25}) {
            for (const AVRational aspect : {AVRational{0, 1}, {1, 3}, {4, 3}, {3, 1}}) {
                for (const cv::Size size : {cv::Size(320, 180), cv::Size(181, 243)}) {
                    const cv::Point2d truth(100.3, 71.8);
                    Frame frame = make_frame(0, spot(size.width, size.height, truth.x, truth.y));
                    frame.orientation = orientation_of_exif(tag);
                    frame.image->sample_aspect_ratio = aspect;
                    const View view = ViewMaker(scale).make(frame);
                    const cv::Vec2d seen = center_of_light(view.rgb);
                    const cv::Point2d found = apply(view.shown_from_view, {seen[0], seen[1]});
                    const cv::Point2d off =
                        apply(geometry_of(frame).stored_from_shown, found) - truth;
                    CAPTURE(tag);
                    CAPTURE(scale);
                    CAPTURE(aspect.num);
                    CHECK(std::hypot(off.x, off.y) < 0.15);
                }
            }
        }
    }
}

TEST_CASE("view: it is upright and readable") {
    // A frame whose top left corner is bright, shown turned by 90 degrees clockwise.
    Frame frame = make_frame(
        0, test::luma_picture(64, 32, [](int x, int y) { return x < 32 && y < 16 ? 235 : 16; }));
    frame.orientation = {90, false};
    const View view = ViewMaker(0.5).make(frame);
    REQUIRE(view.rgb.size() == cv::Size(16, 32));
    CHECK(view.rgb.at<cv::Vec3b>(4, 12)[0] > 240);  // top right now
    CHECK(view.rgb.at<cv::Vec3b>(4, 4)[0] < 15);
    CHECK(view.rgb.at<cv::Vec3b>(28, 12)[0] < 15);
    frame.orientation = {90, true};
    const View mirrored = ViewMaker(0.5).make(frame);
    REQUIRE(mirrored.rgb.size() == cv::Size(16, 32));
    CHECK(mirrored.rgb.at<cv::Vec3b>(28, 12)[0] > 240);
    CHECK(mirrored.rgb.at<cv::Vec3b>(4, 12)[0] < 15);
}

TEST_CASE("view: its pixels are square") {
    Frame frame = make_frame(0, spot(320, 180, 5, 5));
    frame.image->sample_aspect_ratio = {4, 3};
    CHECK(ViewMaker(0.5).make(frame).rgb.size() == cv::Size(214, 90));
    frame.orientation = {270, false};
    CHECK(ViewMaker(0.5).make(frame).rgb.size() == cv::Size(90, 214));
}

TEST_CASE("view: its size is the scaled frame and never empty") {
    CHECK(ViewMaker(0.5).make(make_frame(0, spot(1280, 720, 5, 5))).rgb.size() ==
          cv::Size(640, 360));
    CHECK(ViewMaker(0.05).make(make_frame(0, spot(8, 60, 5, 5))).rgb.size() == cv::Size(1, 3));
}

TEST_CASE("view: colors come back from every pixel format") {
    const std::array<cv::Vec3b, 4> colors{cv::Vec3b(200, 40, 60), cv::Vec3b(30, 160, 90),
                                          cv::Vec3b(50, 70, 190), cv::Vec3b(220, 220, 215)};
    cv::Mat rgb(64, 64, CV_8UC3);
    for (int i = 0; i < 4; ++i) {
        rgb(cv::Rect(i % 2 * 32, i / 2 * 32, 32, 32))
            .setTo(cv::Scalar(cv::Vec3d(colors[static_cast<std::size_t>(i)])));
    }
    for (const auto format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV420P10LE,
          AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE,
          AV_PIX_FMT_RGB24, AV_PIX_FMT_BGR24, AV_PIX_FMT_RGBA, AV_PIX_FMT_BGRA, AV_PIX_FMT_GBRP,
          AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUVA444P10LE, AV_PIX_FMT_GBRAP12LE, AV_PIX_FMT_RGB48LE,
          AV_PIX_FMT_BGRA64LE}) {
        const View view = ViewMaker(0.5).make(make_frame(0, test::picture_from_rgb(rgb, format)));
        for (int i = 0; i < 4; ++i) {
            const auto seen = view.rgb.at<cv::Vec3b>(i / 2 * 16 + 8, i % 2 * 16 + 8);
            CAPTURE(format);
            CAPTURE(i);
            CHECK(cv::norm(cv::Vec3d(seen) - cv::Vec3d(colors[static_cast<std::size_t>(i)])) < 6);
        }
    }
}

TEST_CASE("view: PQ and HLG look like SDR and gray with alpha is gray") {
    for (const auto& [transfer, white] :
         {std::pair{AVCOL_TRC_SMPTE2084, 573}, {AVCOL_TRC_ARIB_STD_B67, 721}}) {
        AvFrame image = test::make_picture(64, 32, AV_PIX_FMT_YUV420P10LE);
        for (int plane = 0; plane < 3; ++plane) {
            for (int y = 0; y < (plane == 0 ? 32 : 16); ++y) {
                auto* row = reinterpret_cast<std::uint16_t*>(image->data[plane] +
                                                             y * image->linesize[plane]);
                std::fill_n(row, plane == 0 ? 64 : 32,
                            static_cast<std::uint16_t>(plane == 0 ? white : 512));
            }
        }
        image->color_trc = transfer;
        const View view = ViewMaker(0.5).make(make_frame(0, std::move(image)));
        for (int c = 0; c < 3; ++c) {  // diffuse white: near white, with room for highlights
            CHECK(view.rgb.at<cv::Vec3b>(8, 16)[c] == doctest::Approx(246).epsilon(0.02));
        }
    }
    AvFrame image = test::make_picture(64, 32, AV_PIX_FMT_YA8);
    for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 64; ++x) {
            image->data[0][y * image->linesize[0] + 2 * x] = 90;
            image->data[0][y * image->linesize[0] + 2 * x + 1] = 10;
        }
    }
    const View view = ViewMaker(0.5).make(make_frame(0, std::move(image)));
    CHECK(view.rgb.at<cv::Vec3b>(8, 16)[1] == doctest::Approx(90).epsilon(0.02));
}

TEST_CASE("view: the frame's matrix and range are used") {
    // Y 120, Cb 90, Cr 180: expected values by the formulas of BT.601 and BT.709.
    struct Case {
        AVColorSpace matrix;
        AVColorRange range;
        cv::Vec3d rgb;
    };
    const double limited_y = (120 - 16) * 255.0 / 219;
    const double b = (90 - 128) * 255.0 / 224, r = (180 - 128) * 255.0 / 224;
    const std::array<Case, 3> cases{
        Case{AVCOL_SPC_BT709,
             AVCOL_RANGE_MPEG,
             {limited_y + 1.5748 * r, limited_y - 0.1873 * b - 0.4681 * r, limited_y + 1.8556 * b}},
        Case{AVCOL_SPC_SMPTE170M,
             AVCOL_RANGE_MPEG,
             {limited_y + 1.402 * r, limited_y - 0.3441 * b - 0.7141 * r, limited_y + 1.772 * b}},
        Case{AVCOL_SPC_SMPTE170M,
             AVCOL_RANGE_JPEG,
             {120 + 1.402 * 52, 120 + 0.3441 * 38 - 0.7141 * 52, 120 - 1.772 * 38}}};
    for (const Case& expected : cases) {
        AvFrame image = test::luma_picture(64, 64, [](int, int) { return 120; });
        std::fill_n(image->data[1], image->linesize[1] * 32, std::uint8_t{90});
        std::fill_n(image->data[2], image->linesize[2] * 32, std::uint8_t{180});
        image->colorspace = expected.matrix;
        image->color_range = expected.range;
        const View view = ViewMaker(0.5).make(make_frame(0, std::move(image)));
        CHECK(cv::norm(cv::Vec3d(view.rgb.at<cv::Vec3b>(16, 16)) - expected.rgb) < 3.5);
    }
}

TEST_CASE("view: one maker serves pictures that change their size and format") {
    ViewMaker maker(0.5);
    CHECK(maker.make(make_frame(0, spot(64, 48, 9, 9))).rgb.size() == cv::Size(32, 24));
    const cv::Mat rgb(100, 60, CV_8UC3, cv::Scalar(250, 10, 20));
    const View view = maker.make(make_frame(1, test::picture_from_rgb(rgb, AV_PIX_FMT_BGRA)));
    CHECK(view.rgb.size() == cv::Size(30, 50));
    CHECK(view.rgb.at<cv::Vec3b>(20, 20)[0] > 240);
}

TEST_CASE("view: a scale outside of 0 to 1 is refused") {
    for (const double scale : {0.0, -1.0, 1.01, std::nan("")}) {
        CHECK_THROWS_AS(ViewMaker{scale}, ConfigError);
    }
}

}  // namespace
}  // namespace closet
