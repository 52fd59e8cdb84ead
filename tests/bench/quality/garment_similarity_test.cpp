#include "bench/quality/garment_similarity.h"

#include <cmath>
#include <set>
#include <stdexcept>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

using namespace closet;
using namespace closet::bench;

namespace {

cv::Mat noise(cv::Size size, int type, double peak, std::uint64_t seed) {
    cv::RNG bits(seed);
    cv::Mat picture(size, type);
    bits.fill(picture, cv::RNG::UNIFORM, 0, peak);
    return picture;
}

DressedPicture picture(cv::Rect painted = {20, 20, 40, 60}) {
    DressedPicture result;
    result.luma = noise({100, 120}, CV_8UC1, 200, 7);
    result.matte = cv::Mat1b(120, 100, static_cast<unsigned char>(0));
    result.matte(painted) = 255;
    return result;
}

}  // namespace

TEST_CASE("identical pictures are as alike as can be") {
    const auto alike = compare_dressed(picture(), picture());
    REQUIRE(alike);
    CHECK(alike->ssim == doctest::Approx(1));
    CHECK(alike->psnr_db == GarmentSimilarity::kSameDb);
}

TEST_CASE("only what either run painted counts") {
    DressedPicture other = picture();
    other.luma(cv::Rect(0, 0, 10, 120)) = 255;
    CHECK(compare_dressed(picture(), other)->psnr_db == GarmentSimilarity::kSameDb);
    other.matte(cv::Rect(0, 0, 10, 120)) = 9;  // now it says that it painted there
    CHECK(compare_dressed(picture(), other)->psnr_db < 20);
}

TEST_CASE("the ratio of peak to noise follows its definition") {
    DressedPicture other = picture();
    other.luma += 4;  // 255^2 / 4^2
    const auto alike = compare_dressed(picture(), other);
    CHECK(alike->psnr_db == doctest::Approx(20 * std::log10(255.0 / 4)));
    CHECK(alike->ssim > 0.99);
}

TEST_CASE("structure that is gone is unlike even where the mean is right") {
    DressedPicture other = picture();
    other.luma = cv::Scalar(100);
    const auto alike = compare_dressed(picture(), other);
    CHECK(alike->ssim < 0.1);
    // Flat gray against flat gray: the closed form (2 ab + c1) / (a^2 + b^2 + c1).
    DressedPicture a = picture(), b = picture();
    a.luma = cv::Scalar(100);
    b.luma = cv::Scalar(150);
    const double c1 = 2.55 * 2.55;
    CHECK(compare_dressed(a, b)->ssim ==
          doctest::Approx((2 * 100.0 * 150 + c1) / (100.0 * 100 + 150.0 * 150 + c1))
              .epsilon(1e-3));  // sums of squares in single precision
}

TEST_CASE("a frame on which nobody painted says nothing") {
    DressedPicture a = picture();
    a.matte = 0;
    CHECK_FALSE(compare_dressed(a, a));
}

TEST_CASE("pictures of other size are refused") {
    DressedPicture other = picture();
    other.luma = cv::Mat(10, 10, CV_8UC1, cv::Scalar(0));
    CHECK_THROWS_AS(compare_dressed(picture(), other), std::invalid_argument);
}

TEST_CASE("how unlike pictures look is asked of the box around what either run painted") {
    const auto colored = [](cv::Rect painted, cv::Size pixels) {
        DressedPicture result = picture(painted);
        result.rgb = cv::Mat(pixels, CV_8UC3, cv::Scalar::all(9));
        return result;
    };
    cv::Size asked;
    cv::Point corner;
    const PerceptualDistance distance = [&](const cv::Mat& a, const cv::Mat& b) {
        asked = a.size();
        CHECK(b.size() == asked);
        cv::Size whole;
        a.locateROI(whole, corner);
        return std::optional(0.25);
    };
    const cv::Size plain(100, 120);
    // 20..60 and 50..70 of 100 columns: 50 of them, 64 with the growth; 20..81 of 120 rows: 64.
    const auto found = compare_dressed(colored({20, 20, 40, 60}, plain),
                                       colored({50, 20, 20, 61}, plain), distance);
    CHECK(found->lpips == 0.25);
    CHECK(asked == cv::Size(64, 64));
    CHECK(corner == cv::Point(13, 19));
    // At an edge the box stays inside, and where the picture is small it is all of it.
    compare_dressed(colored({0, 0, 100, 10}, plain), colored({0, 0, 1, 1}, plain), distance);
    CHECK(asked == cv::Size(100, 64));
    CHECK(corner == cv::Point(0, 0));
    // Pixels twice as wide: the box is twice as wide, too.
    compare_dressed(colored({20, 20, 40, 60}, {200, 120}), colored({20, 20, 40, 60}, {200, 120}),
                    distance);
    CHECK(asked == cv::Size(96, 64));
    CHECK_FALSE(compare_dressed(picture(), picture(), distance)->lpips);
    CHECK_FALSE(compare_dressed(colored({1, 1, 9, 9}, plain), colored({1, 1, 9, 9}, plain))->lpips);
}

TEST_CASE("luma is kept as stored in 8 and 10 bits and green of RGB") {
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P10LE,
                                       AV_PIX_FMT_P010LE, AV_PIX_FMT_RGB24, AV_PIX_FMT_GRAY8}) {
        CAPTURE(format);
        const AvFrame frame = make_av_frame();
        frame->format = format;
        frame->width = 36;
        frame->height = 22;
        REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
        const bool deep = format == AV_PIX_FMT_YUV420P10LE || format == AV_PIX_FMT_P010LE;
        for (int y = 0; y < 22; ++y) {
            for (int x = 0; x < 36; ++x) {
                std::uint8_t* row = frame->data[0] + y * frame->linesize[0];
                if (deep) {
                    const int value = (x + 30 * y) << (format == AV_PIX_FMT_P010LE ? 6 : 0);
                    row[2 * x] = static_cast<std::uint8_t>(value & 255);
                    row[2 * x + 1] = static_cast<std::uint8_t>(value >> 8);
                } else if (format == AV_PIX_FMT_RGB24) {
                    row[3 * x + 1] = static_cast<std::uint8_t>(x + 4 * y);
                } else {
                    row[x] = static_cast<std::uint8_t>(x + 4 * y);
                }
            }
        }
        const auto kept = keep_picture(*frame, cv::Mat(22, 36, CV_8UC1, cv::Scalar(1)));
        REQUIRE(kept);
        CHECK(kept->peak == (deep ? 1023 : 255));
        if (deep) {
            CHECK(kept->luma.at<std::uint16_t>(21, 35) == 35 + 30 * 21);
        } else {
            CHECK(kept->luma.at<std::uint8_t>(21, 35) == 35 + 4 * 21);
        }
    }
    const AvFrame empty = make_av_frame();
    CHECK_FALSE(keep_picture(*empty, cv::Mat()));
}

TEST_CASE("compared frames are spread from the first to the last") {
    const auto some = frames_to_compare(1000, 1 << 20);
    CHECK(some.front() == 0);
    CHECK(some.back() == 999);
    CHECK(some.size() == std::set(some.begin(), some.end()).size());
    CHECK(frames_to_compare(3, 1).size() == 3);
    CHECK(frames_to_compare(1, 1) == std::vector<std::int64_t>{0});
    CHECK(frames_to_compare(0, 1).empty());
    CHECK(frames_to_compare(1000, std::size_t{100} << 20).size() == 2);
}
