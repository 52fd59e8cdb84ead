#include "similarity/similarity.h"

#include <cmath>
#include <stdexcept>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

using namespace closet;

namespace {

cv::Mat noise(int type, double peak) {
    cv::Mat picture(60, 80, type);
    cv::RNG(7).fill(picture, cv::RNG::UNIFORM, 0, peak);
    return picture;
}

}  // namespace

TEST_CASE("a picture is as like itself as can be in 8 and 16 bits") {
    for (const int type : {CV_8UC1, CV_16UC1}) {
        const double peak = type == CV_8UC1 ? 255 : 1023;
        const Similarity same = measure_similarity(noise(type, peak), noise(type, peak), peak);
        CHECK(same.ssim == doctest::Approx(1));
        CHECK(same.psnr_db == Similarity::kSameDb);
    }
}

TEST_CASE("similarity counts inside the mask only and everywhere without one") {
    const cv::Mat a = noise(CV_8UC1, 200);
    cv::Mat b = a.clone();
    b.colRange(0, 20) += 4;
    CHECK(measure_similarity(a, b, 255).psnr_db ==
          doctest::Approx(10 * std::log10(255.0 * 255 / (16 * 0.25))));
    cv::Mat inside(a.size(), CV_8UC1, cv::Scalar(0));
    inside.colRange(40, 80) = 1;
    CHECK(measure_similarity(a, b, 255, inside).psnr_db == Similarity::kSameDb);
    inside.colRange(0, 80) = 0;
    inside.colRange(0, 10) = 1;
    CHECK(measure_similarity(a, b, 255, inside).psnr_db ==
          doctest::Approx(20 * std::log10(255.0 / 4)));
}

TEST_CASE("a peak of more bits makes the same difference smaller") {
    const cv::Mat a = noise(CV_16UC1, 1000);
    const cv::Mat b = a + 4;
    CHECK(measure_similarity(a, b, 1023).psnr_db == doctest::Approx(20 * std::log10(1023.0 / 4)));
}

TEST_CASE("similarity of pictures of other size is refused") {
    CHECK_THROWS_AS(measure_similarity(noise(CV_8UC1, 9), cv::Mat(9, 9, CV_8UC1), 255),
                    std::invalid_argument);
}
