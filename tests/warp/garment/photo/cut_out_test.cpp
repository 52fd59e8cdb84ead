#include <array>
#include <cmath>
#include <filesystem>
#include <random>

#include <doctest/doctest.h>

#include "support/shared_data.h"
#include "warp/garment/photo/cut_out.h"
#include "warp/garment/photo/made_photos.h"
#include "warp/garment/photo/photo_check.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kPhoto{480, 640};

TEST_CASE("A white shirt on a near-white ground is found through JPEG") {
    const cv::Mat mask = shirt_mask(kPhoto);
    const cv::Mat photo = through_jpeg(
        blend(plain(kPhoto, {250, 250, 250}), plain(kPhoto, {246, 246, 246}), mask), 80);
    const CutOut cut = cut_out(photo, "shirt.jpg");
    CHECK(overlap(alpha_of(cut.rgba), mask) > 0.98);
    CHECK(cut.near_white);
    CHECK(cut.faint_edge > 0.5F);
}

TEST_CASE("One gray level is enough to tell a shirt from its ground") {
    const cv::Mat mask = shirt_mask(kPhoto);
    const cv::Mat photo =
        blend(plain(kPhoto, {247, 247, 247}), plain(kPhoto, {246, 246, 246}), mask);
    CHECK(overlap(alpha_of(cut_out(photo, "shirt.png").rgba), mask) > 0.97);
}

TEST_CASE("A textured garment on an uneven noisy ground is found") {
    const cv::Mat mask = shirt_mask(kPhoto);
    cv::Mat cloth(kPhoto, CV_8UC3);
    cv::Mat ground(kPhoto, CV_8UC3);
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 1.5);
    for (int y = 0; y < kPhoto.height; ++y) {
        for (int x = 0; x < kPhoto.width; ++x) {
            const bool stripe = (x / 7 + y / 7) % 2 == 0;
            const double light = 225 + 12.0 * x / kPhoto.width + noise(random);
            cloth.at<cv::Vec3b>(y, x) = stripe ? cv::Vec3b(40, 70, 140) : cv::Vec3b(150, 60, 60);
            ground.at<cv::Vec3b>(y, x) = cv::Vec3b::all(cv::saturate_cast<uchar>(light));
        }
    }
    const cv::Mat photo = through_jpeg(blend(cloth, ground, mask), 85);
    const CutOut cut = cut_out(photo, "shirt.jpg");
    CHECK(overlap(alpha_of(cut.rgba), mask) > 0.985);
    CHECK(!cut.near_white);
    CHECK(cut.faint_edge < 0.05F);
}

TEST_CASE("A soft edge holds the garment's color and the true alpha") {
    // Blurred over about 4 px as a lens does: what is between the two is a mixture.
    cv::Mat mask = shirt_mask(kPhoto);
    cv::GaussianBlur(mask, mask, {}, 1.0);
    const cv::Vec3d garment(20, 40, 120);
    const cv::Mat photo = blend(plain(kPhoto, {20, 40, 120}), plain(kPhoto, {246, 246, 246}), mask);
    const CutOut cut = cut_out(photo, "shirt.png");
    double color_error = 0;
    double worst_color = 0;
    double alpha_error = 0;
    int edge = 0;
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            const auto& p = cut.rgba.at<cv::Vec4b>(y, x);
            if (p[3] > 0 && p[3] < 255) {
                ++edge;
                alpha_error += std::abs(p[3] - mask.at<uchar>(y, x));
                for (int c = 0; c < 3; ++c) {
                    worst_color = std::max(worst_color, std::abs(p[c] - garment[c]));
                    color_error += std::abs(p[c] - garment[c]) / 3;
                }
            }
        }
    }
    REQUIRE(edge > 1000);
    // Straight from the photo the colors would be up to 226 levels off.
    CHECK(color_error / edge < 2);
    CHECK(worst_color <= 12);
    CHECK(alpha_error / edge < 16);
}

/// Blue cloth with dots of the ground's own white, every `step` pixels.
cv::Mat dotted_cloth(int step) {
    cv::Mat cloth = plain(kPhoto, {90, 150, 230});
    for (int y = 0; y < kPhoto.height; y += step) {
        for (int x = y / step % 2 == 0 ? 0 : step / 2; x < kPhoto.width; x += step) {
            cv::circle(cloth, {x, y}, 7, {246, 246, 246}, cv::FILLED, cv::LINE_AA);
        }
    }
    return cloth;
}

TEST_CASE("Dots of the ground's color are no bites where the outline cuts through them") {
    const cv::Mat mask = shirt_mask(kPhoto);
    const cv::Mat photo =
        through_jpeg(blend(dotted_cloth(29), plain(kPhoto, {246, 246, 246}), mask), 92);
    const cv::Mat alpha = alpha_of(cut_out(photo, "dots.jpg").rgba);
    // Half of the bites are in the same place on both sides and stay.
    CHECK(overlap(alpha, mask) > 0.98);  // 0.973 with all of them
    // The armpits are no bites.
    for (const cv::Point armpit : {cv::Point(141, 250), cv::Point(338, 250)}) {
        CHECK(alpha.at<uchar>(armpit) < 60);
    }
}

TEST_CASE("A collar of the ground's color belongs to a shirt whose back is seen behind it") {
    cv::Mat mask = shirt_mask(kPhoto);
    cv::Mat cloth = plain(kPhoto, {24, 30, 52});
    // The inside of the back, and in front of it a band of the ground's very color.
    const cv::Point neck(kPhoto.width / 2, cvRound(0.15 * kPhoto.height));
    const cv::Size hole(cvRound(0.1 * kPhoto.width), cvRound(0.07 * kPhoto.height));
    const cv::Size rib(hole.width + 12, hole.height + 12);
    cv::ellipse(mask, neck, rib, 0, 0, 180, 255, cv::FILLED);
    cv::ellipse(cloth, neck, rib, 0, 0, 180, {250, 250, 250}, cv::FILLED);
    cv::ellipse(cloth, neck, hole, 0, 0, 180, {20, 24, 40}, cv::FILLED);
    const cv::Mat photo = through_jpeg(blend(cloth, plain(kPhoto, {250, 250, 250}), mask), 92);
    const cv::Mat alpha = alpha_of(cut_out(photo, "collar.jpg").rgba);
    for (const double degrees : {25.0, 60.0, 90.0, 120.0, 155.0}) {
        CAPTURE(degrees);
        const double angle = degrees * CV_PI / 180;
        const cv::Point on_rib(cvRound(neck.x + (hole.width + 6) * std::cos(angle)),
                               cvRound(neck.y + (hole.height + 6) * std::sin(angle)));
        CHECK(alpha.at<uchar>(on_rib) > 200);
    }
}

TEST_CASE("A streak of the ground that hangs on one side of a garment goes") {
    const cv::Mat mask = shirt_mask(kPhoto);
    cv::Mat ground = plain(kPhoto, {255, 255, 255});
    // As pictures have that were extended by their border's pixels: over one shoulder.
    const cv::Rect streak(cvRound(0.62 * kPhoto.width), 0, 36, cvRound(0.2 * kPhoto.height));
    ground(streak).setTo(cv::Scalar::all(252));
    ground.rowRange(0, 60).setTo(cv::Scalar::all(255));
    const cv::Mat photo = blend(plain(kPhoto, {60, 50, 40}), ground, mask);
    const cv::Mat alpha = alpha_of(cut_out(photo, "streak.png").rgba);
    CHECK(cv::mean(alpha(cv::Rect(streak.x + 4, 64, 28, 24)))[0] < 30);
    CHECK(overlap(alpha, mask) > 0.99);
}

TEST_CASE("A long gap beside striped clothes is ground") {
    cv::Mat mask = shirt_mask(kPhoto);
    cv::rectangle(mask, cv::Rect(75, 240, 69, 260), 255, cv::FILLED);
    cv::rectangle(mask, cv::Rect(336, 240, 69, 260), 255, cv::FILLED);
    cv::Mat cloth = plain(kPhoto, {30, 30, 60});
    for (int y = 0; y < kPhoto.height; y += 24) {
        cloth.rowRange(y, std::min(y + 10, kPhoto.height)).setTo(cv::Scalar(232, 234, 238));
    }
    // Closed at its lower end by a cuff, on one side.
    mask(cv::Rect(112, 310, 28, 150)).setTo(0);
    mask(cv::Rect(340, 310, 28, 190)).setTo(0);
    const cv::Mat photo = through_jpeg(blend(cloth, plain(kPhoto, {246, 246, 246}), mask), 92);
    const cv::Mat alpha = alpha_of(cut_out(photo, "stripes.jpg").rgba);
    CHECK(cv::mean(alpha(cv::Rect(118, 330, 16, 110)))[0] < 40);
    CHECK(cv::mean(alpha(cv::Rect(180, 330, 120, 110)))[0] > 250);
}

TEST_CASE("A narrow gap between sleeve and body stays open") {
    cv::Mat mask = shirt_mask(kPhoto);
    // Long sleeves beside the body, 5 px from it.
    cv::rectangle(mask, cv::Rect(75, 240, 64, 260), 255, cv::FILLED);
    cv::rectangle(mask, cv::Rect(341, 240, 64, 260), 255, cv::FILLED);
    mask.colRange(139, 144).rowRange(300, 500).setTo(0);
    mask.colRange(336, 341).rowRange(300, 500).setTo(0);
    const cv::Mat photo =
        through_jpeg(blend(plain(kPhoto, {30, 30, 40}), plain(kPhoto, {246, 246, 246}), mask), 90);
    const cv::Mat alpha = alpha_of(cut_out(photo, "shirt.jpg").rgba);
    CHECK(cv::mean(alpha(cv::Rect(140, 320, 3, 170)))[0] < 40);
    CHECK(cv::mean(alpha(cv::Rect(337, 320, 3, 170)))[0] < 40);
}

TEST_CASE("A large photo is kept at up to 2048 pixels with a clean edge") {
    const cv::Size large{2000, 2600};
    const cv::Mat mask = shirt_mask(large);
    const cv::Mat photo = blend(plain(large, {20, 40, 120}), plain(large, {246, 246, 246}), mask);
    const CutOut cut = cut_out(photo, "shirt.png");
    CHECK(cut.rgba.rows == kCutOutSide);
    CHECK(cut.scale == doctest::Approx(2048.0 / 2600).epsilon(0.001));
    cv::Mat expected;
    cv::resize(mask, expected, cut.rgba.size(), 0, 0, cv::INTER_AREA);
    CHECK(overlap(alpha_of(cut.rgba), expected) > 0.995);
    CHECK(cut.garment.height == doctest::Approx(0.70 * 2048).epsilon(0.01));
}

TEST_CASE("A mask says what the garment is on any ground") {
    const cv::Mat mask = shirt_mask(kPhoto);
    cv::Mat ground(kPhoto, CV_8UC3);
    cv::randu(ground, 0, 255);
    const cv::Mat photo = blend(plain(kPhoto, {200, 60, 60}), ground, mask);
    const CutOut cut = cut_out(photo, "shirt.png", {mask});
    CHECK(overlap(alpha_of(cut.rgba), mask) > 0.99);
    for (int y = 0; y < kPhoto.height; ++y) {
        for (int x = 0; x < kPhoto.width; ++x) {
            const auto& p = cut.rgba.at<cv::Vec4b>(y, x);
            if (p[3] > 0) {
                REQUIRE(std::abs(p[0] - 200) <= 2);
                REQUIRE(std::abs(p[1] - 60) <= 2);
            }
        }
    }
}

TEST_CASE("A soft shadow on a gray ground is no garment") {
    const cv::Mat mask = shirt_mask(kPhoto);
    for (const Studio& studio :
         {Studio{.ground = 205, .shadow = 0.3}, Studio{.ground = 225, .shadow = 0.15},
          Studio{.ground = 190, .falloff = 16, .shadow = 0.35, .softness = 0.035}}) {
        CAPTURE(studio.ground);
        const cv::Mat white = studio_photo(plain(kPhoto, {246, 245, 243}), mask, studio);
        CHECK(overlap(alpha_of(cut_out(white, "white.jpg").rgba), mask) > 0.96);
        const cv::Mat blue = studio_photo(plain(kPhoto, {30, 50, 120}), mask, studio);
        CHECK(overlap(alpha_of(cut_out(blue, "blue.jpg").rgba), mask) > 0.975);
    }
}

/// Sees a shirt that it was told of, at 64 pixels a side, and counts how often it is asked.
struct ToldFinder {
    cv::Mat mask;
    int asked = 0;

    CutOutOptions options(Cutting cutting) {
        CutOutOptions result;
        result.cutting = cutting;
        result.finder_remedy = "or fetch a network";
        result.finder = [this]() -> std::optional<GarmentFinder> {
            ++asked;
            return GarmentFinder{.name = "told", .side = 64, .find = [this](const cv::Mat& rgb) {
                                     cv::Mat coarse;
                                     cv::resize(mask, coarse, {64, 64}, 0, 0, cv::INTER_AREA);
                                     cv::resize(coarse, coarse, rgb.size(), 0, 0, cv::INTER_CUBIC);
                                     return coarse;
                                 }};
        };
        return result;
    }
};

/// A ground of stripes of all colors.
cv::Mat curtain() {
    cv::Mat ground(kPhoto, CV_8UC3);
    for (int x = 0; x < kPhoto.width; ++x) {
        ground.col(x).setTo(cv::Scalar(60 + x * 37 % 150, 90 + x * 11 % 120, 70 + x * 23 % 90));
    }
    cv::GaussianBlur(ground, ground, {}, 2);
    return ground;
}

TEST_CASE("A finder's coarse outline is refined by the photo's colors") {
    const cv::Mat mask = shirt_mask(kPhoto);
    const cv::Mat photo = blend(plain(kPhoto, {250, 40, 40}), curtain(), mask);
    ToldFinder told{mask};
    const CutOut cut = cut_out(photo, "floor.jpg", told.options(Cutting::kFinder));
    CHECK(cut.cutter == "told");
    cv::Mat coarse = told.options(Cutting::kFinder).finder()->find(photo);
    const double before = overlap(coarse, mask);
    const double after = overlap(alpha_of(cut.rgba), mask);
    CAPTURE(before);
    CHECK(after > 0.975);
    CHECK(after > before + 0.005);
}

TEST_CASE("Auto asks a finder only where the ground is not plain") {
    const cv::Mat mask = shirt_mask(kPhoto);
    ToldFinder told{mask};
    const cv::Mat studio =
        blend(plain(kPhoto, {20, 40, 120}), plain(kPhoto, {246, 246, 246}), mask);
    CHECK(cut_out(studio, "shirt.png", told.options(Cutting::kAuto)).cutter == "plain");
    CHECK(told.asked == 0);
    const cv::Mat floor = blend(plain(kPhoto, {250, 40, 40}), curtain(), mask);
    CHECK(cut_out(floor, "floor.png", told.options(Cutting::kAuto)).cutter == "told");
    CHECK(told.asked == 1);
    CHECK_THROWS_AS(cut_out(floor, "floor.png", told.options(Cutting::kPlain)), NoPlainGround);
    CHECK(told.asked == 1);
}

TEST_CASE("Without a finder the refusal says how to get one") {
    const cv::Mat floor = blend(plain(kPhoto, {250, 40, 40}), curtain(), shirt_mask(kPhoto));
    CutOutOptions options;
    options.cutting = Cutting::kAuto;
    options.finder_remedy = "or fetch a network";
    CHECK_THROWS_WITH_AS(cut_out(floor, "floor.png", options), doctest::Contains("no plain ground"),
                         NoPlainGround);
    CHECK_THROWS_WITH_AS(cut_out(floor, "floor.png", options),
                         doctest::Contains(", or fetch a network"), NoPlainGround);
    options.finder = []() -> std::optional<GarmentFinder> { return std::nullopt; };
    CHECK_THROWS_AS(cut_out(floor, "floor.png", options), NoPlainGround);
    options.cutting = Cutting::kFinder;
    CHECK_THROWS_AS(cut_out(floor, "floor.png", options), ConfigError);
}

TEST_CASE("A finder that sees nothing, or all of the photo, is not believed") {
    const cv::Mat floor = blend(plain(kPhoto, {250, 40, 40}), curtain(), shirt_mask(kPhoto));
    for (const int level : {0, 255}) {
        ToldFinder told{cv::Mat(kPhoto, CV_8U, cv::Scalar(level))};
        CHECK_THROWS_AS(cut_out(floor, "floor.png", told.options(Cutting::kFinder)), ConfigError);
        CHECK_THROWS_AS(cut_out(floor, "floor.png", told.options(Cutting::kAuto)), ConfigError);
    }
}

TEST_CASE("What was pointed at need not have the shape of a garment by itself") {
    const cv::Mat whole = shirt_mask(kPhoto);
    cv::Mat sleeve = whole.clone();
    sleeve.colRange(kPhoto.width / 3, kPhoto.width).setTo(0);
    sleeve.rowRange(0, 4).colRange(0, kPhoto.width / 3).setTo(255);
    const cv::Mat floor = blend(plain(kPhoto, {250, 40, 40}), curtain(), sleeve);
    ToldFinder told{sleeve};
    CutOutOptions options = told.options(Cutting::kFinder);
    CHECK_THROWS_AS(cut_out(floor, "rail.png", options), ConfigError);
    options.finder = [finder = options.finder]() -> std::optional<GarmentFinder> {
        auto pointed = finder();
        pointed->is_pointed = true;
        return pointed;
    };
    CHECK(overlap(alpha_of(cut_out(floor, "rail.png", options).rgba), sleeve) > 0.9);
}

TEST_CASE("Photos of the smallest and of a large size go through a finder") {
    for (const cv::Size size : {cv::Size(32, 32), cv::Size(3000, 4000)}) {
        CAPTURE(size.width);
        const cv::Mat mask = shirt_mask(size);
        cv::Mat ground(size, CV_8UC3);
        cv::setRNGSeed(2);
        cv::randu(ground, 0, 200);
        ToldFinder told{mask};
        const CutOut cut = cut_out(blend(plain(size, {250, 40, 40}), ground, mask), "floor.png",
                                   told.options(Cutting::kFinder));
        cv::Mat expected;
        cv::resize(mask, expected, cut.rgba.size(), 0, 0, cv::INTER_AREA);
        CHECK(overlap(alpha_of(cut.rgba), expected) > 0.9);
    }
}

struct Recorded {
    const char* file;
    double area;  ///< alpha's mean over the picture
};

void check_area(const Recorded& recorded) {
    const auto path = shared_file(std::filesystem::path("media/garments") / recorded.file);
    if (!path) {
        return;
    }
    CAPTURE(recorded.file);
    cv::Mat rgb = cv::imread(path->string());
    cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
    const double found = cv::mean(alpha_of(cut_out(rgb, recorded.file).rgba))[0] / 255;
    CHECK(found == doctest::Approx(recorded.area).epsilon(0.005));
}

TEST_CASE("Shared garments of strong colors keep the area that was checked by eye") {
    for (const Recorded& recorded : std::array<Recorded, 4>{{{"garment_00055.jpg", 0.3986},
                                                             {"garment_00470.jpg", 0.4632},
                                                             {"garment_03244.jpg", 0.4606},
                                                             {"garment_09176.jpg", 0.4722}}}) {
        check_area(recorded);
    }
}

TEST_CASE("Shared white garments and a jacket keep the area that was checked by eye") {
    for (const Recorded& recorded : std::array<Recorded, 3>{{{"garment_06123.jpg", 0.5020},
                                                             {"garment_12562.jpg", 0.3980},
                                                             {"jacket.jpg", 0.5791}}}) {
        check_area(recorded);
    }
}

}  // namespace
