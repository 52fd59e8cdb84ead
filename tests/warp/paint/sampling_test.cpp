#include <cmath>
#include <random>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "warp/paint/sampling.h"

namespace {

using namespace closet;

cv::Mat noise(cv::Size size, unsigned seed) {
    std::mt19937 random(seed);
    cv::Mat picture(size, CV_8UC4);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            for (int c = 0; c < 4; ++c) {
                picture.at<cv::Vec4b>(y, x)[c] = static_cast<std::uint8_t>(random());
            }
        }
    }
    return picture;
}

cv::Mat with_border(const cv::Mat& source) {
    cv::Mat bordered;
    cv::copyMakeBorder(source, bordered, kSampleBorder, kSampleBorder, kSampleBorder, kSampleBorder,
                       cv::BORDER_CONSTANT, cv::Scalar::all(0));
    return bordered;
}

/// Bilinear interpolation of one channel in floating point, zero outside.
double bilinear(const cv::Mat& source, double x, double y, int c) {
    const auto at = [&](int px, int py) {
        return cv::Rect(0, 0, source.cols, source.rows).contains({px, py})
                   ? static_cast<double>(source.at<cv::Vec4b>(py, px)[c])
                   : 0.0;
    };
    const int left = static_cast<int>(std::floor(x));
    const int top = static_cast<int>(std::floor(y));
    const double u = x - left;
    const double v = y - top;
    return (at(left, top) * (1 - u) + at(left + 1, top) * u) * (1 - v) +
           (at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u) * v;
}

TEST_CASE("sampling agrees with bilinear interpolation in floating point") {
    const cv::Mat source = noise({37, 29}, 1);
    for (const cv::Matx23d& map :
         {cv::Matx23d(1, 0, -3, 0, 1, -4), cv::Matx23d(0.8, 0.3, -2.4, -0.3, 0.8, 7.7),
          cv::Matx23d(-0.5, 0.1, 30.2, 0.2, -1.4, 33.1), cv::Matx23d(0, 1.7, 0.3, -1.1, 0, 28.6)}) {
        cv::Mat out(45, 53, CV_8UC4, cv::Scalar::all(99));
        sample_affine(with_border(source), map, out);
        double worst = 0;
        for (int y = 0; y < out.rows; ++y) {
            for (int x = 0; x < out.cols; ++x) {
                const cv::Vec2d p = map * cv::Vec3d(x, y, 1);
                for (int c = 0; c < 4; ++c) {
                    worst = std::max(worst, std::abs(out.at<cv::Vec4b>(y, x)[c] -
                                                     bilinear(source, p[0], p[1], c)));
                }
            }
        }
        // Half for each of two roundings, and 1/256 of the contrast in each direction.
        CHECK(worst < 3.0);
    }
}

TEST_CASE("whole shifts copy pixels exactly") {
    const cv::Mat source = noise({20, 20}, 2);
    cv::Mat out(24, 24, CV_8UC4);
    sample_affine(with_border(source), {1, 0, -2, 0, 1, -2}, out);
    CHECK(cv::norm(out(cv::Rect(2, 2, 20, 20)), source, cv::NORM_INF) == 0);
    CHECK(cv::countNonZero(out.row(0).reshape(1)) == 0);
    CHECK(cv::countNonZero(out.col(23).clone().reshape(1)) == 0);
}

TEST_CASE("no affine map reads outside the picture") {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> linear(-3, 3);
    std::uniform_real_distribution<double> shift(-60, 60);
    const cv::Mat source = with_border(noise({9, 6}, 4));
    for (int i = 0; i < 3000; ++i) {  // a sanitizer build notices a stray read
        cv::Mat out(17, 23, CV_8UC4);
        const double scale = i % 7 == 0 ? 1e-7 : i % 11 == 0 ? 1e5 : 1.0;
        sample_affine(source,
                      {linear(random) * scale, linear(random) * scale, shift(random),
                       linear(random) * scale, linear(random) * scale, shift(random)},
                      out);
    }
}

TEST_CASE("shrinking keeps a constant and weighs colors by alpha") {
    const cv::Mat flat(31, 47, CV_8UC4, cv::Scalar(10, 120, 250, 130));
    const cv::Mat small = resize_area(flat, {10, 7});
    CHECK(cv::norm(small, cv::Mat(7, 10, CV_8UC4, cv::Scalar(10, 120, 250, 130)), cv::NORM_INF) ==
          0);

    // One opaque red pixel in green that is fully transparent: red, a quarter opaque.
    cv::Mat four(2, 2, CV_8UC4, cv::Scalar(0, 255, 0, 0));
    four.at<cv::Vec4b>(1, 1) = {255, 0, 0, 255};
    CHECK(resize_area(four, {1, 1}).at<cv::Vec4b>(0, 0) == cv::Vec4b(255, 0, 0, 64));
}

TEST_CASE("shrinking by any factor keeps the mean") {
    const cv::Mat source = noise({101, 67}, 5);
    cv::Mat alpha;
    cv::extractChannel(source, alpha, 3);
    for (const cv::Size size :
         {cv::Size(101, 67), cv::Size(100, 66), cv::Size(33, 50), cv::Size(7, 1)}) {
        cv::Mat shrunk;
        cv::extractChannel(resize_area(source, size), shrunk, 3);
        CHECK(std::abs(cv::mean(shrunk)[0] - cv::mean(alpha)[0]) < 0.5);
    }
    cv::Mat visible = source | cv::Scalar(0, 0, 0, 1);  // colors under alpha 0 are replaced
    CHECK(cv::norm(resize_area(visible, visible.size()), visible, cv::NORM_INF) <= 1);
}

TEST_CASE("color spreads one pixel under the transparent rim") {
    cv::Mat picture(5, 5, CV_8UC4, cv::Scalar(9, 9, 9, 0));
    picture.at<cv::Vec4b>(2, 2) = {200, 100, 50, 255};
    bleed_color(picture);
    CHECK(picture.at<cv::Vec4b>(1, 1) == cv::Vec4b(200, 100, 50, 0));
    CHECK(picture.at<cv::Vec4b>(0, 0) == cv::Vec4b(9, 9, 9, 0));
    CHECK(picture.at<cv::Vec4b>(2, 2) == cv::Vec4b(200, 100, 50, 255));
}

}  // namespace
