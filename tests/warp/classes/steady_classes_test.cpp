#include "warp/classes/steady_classes.h"

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "warp/classes/labeled_person.h"

namespace {

using namespace closet;
using namespace closet::test;

constexpr double kFrameS = 0.04;

/// Bright on the left of `edge` and dark on the right, with noise.
cv::Mat colors_of(int edge, std::uint64_t seed) {
    cv::Mat colors(40, 60, CV_8UC3, cv::Scalar(60, 128, 128)), noise(colors.size(), CV_16SC3);
    colors.colRange(0, edge).setTo(cv::Scalar(120, 128, 128));
    cv::RNG(seed).fill(noise, cv::RNG::NORMAL, 0, 1.5);
    cv::add(colors, noise, colors, cv::noArray(), CV_8U);
    return colors;
}

/// One class on the left of `edge`, another one on the right.
std::array<cv::Mat, 6> planes_of(int edge) {
    std::array<cv::Mat, 6> planes;
    for (cv::Mat& plane : planes) {
        plane = cv::Mat(40, 60, CV_8UC1, cv::Scalar(0));
    }
    planes[0].colRange(0, edge).setTo(255);
    planes[3].colRange(edge, 60).setTo(255);
    return planes;
}

void follow(classes::SteadyClasses& steady, const cv::Mat& colors, bool is_same,
            std::array<cv::Mat, 6>& planes) {
    steady.follow(colors, is_same, kFrameS,
                  {&planes[0], &planes[1], &planes[2], &planes[3], &planes[4], &planes[5]});
}

TEST_CASE("classes whose edge trembles under noise come to rest") {
    classes::SteadyClasses steady;
    int least = 255, most = 0;
    for (int i = 0; i < 60; ++i) {
        auto planes = planes_of(i % 2 == 0 ? 29 : 31);
        follow(steady, colors_of(30, static_cast<std::uint64_t>(i) + 1), true, planes);
        if (i > 30) {
            least = std::min(least, int{planes[3].at<std::uint8_t>(20, 30)});
            most = std::max(most, int{planes[3].at<std::uint8_t>(20, 30)});
        }
        CHECK(planes[0].at<std::uint8_t>(20, 5) == 255);
        CHECK(planes[3].at<std::uint8_t>(20, 5) == 0);
    }
    CHECK(most - least < 30);
    CHECK(least > 80);
    CHECK(most < 175);
}

TEST_CASE("where the picture moves classes are the frame's own and nothing is left behind") {
    classes::SteadyClasses steady;
    for (int edge = 12; edge < 48; ++edge) {
        auto planes = planes_of(edge);
        follow(steady, colors_of(edge, static_cast<std::uint64_t>(edge)), true, planes);
        CHECK(planes[3].at<std::uint8_t>(20, edge - 3) < 30);
        CHECK(planes[3].at<std::uint8_t>(20, edge + 2) > 225);
    }
    // Another grid is another picture.
    auto planes = planes_of(5);
    follow(steady, colors_of(47, 1), false, planes);
    CHECK(planes[3].at<std::uint8_t>(20, 30) == 255);
}

TEST_CASE("noise of the camera hardly moves the classes of a person who stands still") {
    const LabeledPerson person({640, 360});
    const Pose pose = person.pose();
    ClassFinder kept;
    cv::Mat last_kept, last_alone;
    double moved_kept = 0, moved_alone = 0;
    for (int i = 0; i < 12; ++i) {
        cv::Mat noise(person.size, CV_16SC4), picture = person.picture();
        cv::RNG(static_cast<std::uint64_t>(i) + 5)
            .fill(noise, cv::RNG::NORMAL, 0, cv::Scalar(5, 5, 5, 0));
        cv::add(picture, noise, picture, cv::noArray(), CV_8U);
        AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, person.size, 1);
        Composite().paint(*frame, {{{0, 0}, person.size}, picture});
        ClassFinder alone;
        kept.begin_frame(i * kFrameS, i == 0);
        alone.begin_frame(0, true);
        for (auto& [finder, last, moved] :
             {std::tie(kept, last_kept, moved_kept), std::tie(alone, last_alone, moved_alone)}) {
            const PersonClasses* found = finder.find(pose, *frame);
            REQUIRE(found != nullptr);
            const cv::Mat upper = found->of(Surface::kUpperClothes).clone();
            moved += i > 2 ? cv::norm(upper, last, cv::NORM_L1) : 0.0;
            last = upper;
        }
    }
    CHECK(moved_kept < moved_alone / 4);
}

}  // namespace
