// What --point, --not-point and --box take, and what they refuse.
#include <doctest/doctest.h>

#include "core/error.h"
#include "fit/garment_pointing.h"

using namespace closet;

TEST_CASE("pointing: texts become points and a box") {
    PointingOptions options;
    CHECK(options.empty());
    CHECK(pointing_of(options).empty());
    options.points = {"80,40", "12.5,0"};
    options.not_points = {"3,4"};
    options.box = "10,20,30,40";
    const Pointing pointing = pointing_of(options);
    CHECK(pointing.inside == std::vector<cv::Point2d>{{80, 40}, {12.5, 0}});
    CHECK(pointing.outside == std::vector<cv::Point2d>{{3, 4}});
    CHECK(*pointing.box == cv::Rect2d(10, 20, 30, 40));
    const Pointing half = pointing.scaled(0.5, 0.25);
    CHECK(half.inside[0] == cv::Point2d(40, 10));
    CHECK(*half.box == cv::Rect2d(5, 5, 15, 10));
    CHECK_NOTHROW(check_inside(pointing, {100, 60}, "the photo"));
}

TEST_CASE("pointing: what says nothing, or lies outside, is refused in a sentence") {
    const auto refused = [](PointingOptions options, const char* words) {
        CHECK_THROWS_WITH_AS(check_inside(pointing_of(options), {600, 800}, "the photo p.png"),
                             doctest::Contains(words), ConfigError);
    };
    for (const char* const text : {"", "80", "80,", ",40", "80,40,1", "80;40", "a,b", "nan,1",
                                   "inf,1", "1e999,1", "80,40 ", "8 0,40"}) {
        CAPTURE(text);
        refused({.points = {text}, .not_points = {}, .box = {}}, "a point is X,Y");
        refused({.points = {"1,1"}, .not_points = {text}, .box = {}}, "--not-point");
        refused({.points = {"1,1"}, .not_points = {}, .box = text}, "a box is X,Y,W,H");
    }
    refused({.points = {}, .not_points = {}, .box = "1,2,0,5"}, "--box 1,2,0,5 has no area");
    refused({.points = {}, .not_points = {}, .box = "1,2,5,-5"}, "has no area");
    refused({.points = {}, .not_points = {"1,2"}, .box = {}}, "only what is not the garment");
    refused({.points = {"600,5"}, .not_points = {}, .box = {}},
            "--point 600,5 lies outside the photo p.png, which is 600x800 pixels");
    refused({.points = {"-1,5"}, .not_points = {}, .box = {}}, "lies outside");
    refused({.points = {"1,5"}, .not_points = {"5,800"}, .box = {}}, "--not-point 5,800");
    refused({.points = {}, .not_points = {}, .box = "500,700,101,5"}, "--box 500,700,101,5");
}
