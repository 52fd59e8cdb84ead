#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/anchors_file.h"
#include "warp/garment/photo/find_anchors.h"
#include "warp/garment/photo/guess_kind.h"
#include "warp/garment/photo/made_silhouettes.h"
#include "warp/garment/photo/open_front.h"

namespace {

using namespace closet;
using test::Skirt;
using test::Trousers;
using test::Upper;

struct Example {
    const char* name;
    GarmentKind kind;
    test::Drawn drawn;
};

/// Shapes that shops sell, as they lie flat.
std::vector<Example> examples() {
    const auto upper = [](const char* name, GarmentKind kind, const Upper& u) {
        return Example{name, kind, test::draw(u)};
    };
    const auto trousers = [](const char* name, GarmentKind kind, const Trousers& t) {
        return Example{name, kind, test::draw(t)};
    };
    const auto skirt = [](const char* name, const Skirt& s) {
        return Example{name, GarmentKind::kSkirt, test::draw(s)};
    };
    using enum GarmentKind;
    return {
        trousers("straight", kTrousers, {}),
        trousers("skinny", kTrousers, {17, 22, 27, 74, 8, 6.5, 2}),
        trousers("wide", kTrousers, {18, 25, 32, 78, 14.5, 17, 4}),
        trousers("flared", kTrousers, {18, 24, 30, 80, 10, 15, 3}),
        trousers("cropped", kTrousers, {19, 25, 31, 55, 12, 10, 1.5}),
        trousers("legs apart", kTrousers, {19, 25, 29, 76, 11, 10, 9}),
        trousers("legs touch", kTrousers, {19, 25, 29, 76, 12.3, 11, -0.5}),
        trousers("jogger", kTrousers, {19, 26, 30, 72, 13, 6, 1}),
        trousers("bermuda", kShorts, {20, 27, 30, 27, 13.5, 13, 1.5}),
        trousers("hot pants", kShorts, {18, 26, 28, 9, 14, 15.5, 2.5}),
        trousers("denim shorts", kShorts, {19, 27, 29, 15, 14, 14.5, 2.5}),
        trousers("wide shorts", kShorts, {17, 27, 31, 18, 16, 18, 4}),
        skirt("mini", {19, 24, 25, 40, 2, 0}),
        skirt("A-line", {18, 25, 34, 45, 2, 0}),
        skirt("pencil", {17, 24, 21, 65, 0, 0}),
        skirt("midi", {17, 26, 45, 75, 5, 0}),
        skirt("circle", {16, 28, 55, 60, 10, 0}),
        skirt("maxi", {17, 24, 38, 98, 2, 0}),
        skirt("low in front", {19, 24, 25, 45, 2, 1.5}),
        // The back of a waistband stands above its front.
        {"mini with its back seen", kSkirt,
         test::draw(test::HalfOutline{
             {0, 0}, {8, 0.3}, {14, 1.2}, {18, 2.6}, {24, 18}, {25, 42}, {0, 44}})},
        // On a mannequin, seen from above: the hem is an arch, no gap between legs.
        {"mini whose hem is arched", kSkirt,
         test::draw(test::HalfOutline{
             {0, 1}, {8, 0.6}, {14, 0.3}, {19, 0}, {23, 12}, {24, 37}, {22, 38}, {0, 36.4}})},
        {"tank dress on a mannequin", kDress,
         test::draw(test::HalfOutline{{0, 5},
                                      {8, 4},
                                      {11, 0},
                                      {15, 0},
                                      {15.5, 8},
                                      {17.5, 20},
                                      {15.6, 36},
                                      {18.5, 58},
                                      {19, 96},
                                      {0, 97}})},
        {"trousers with their back seen", kTrousers,
         test::draw(test::HalfOutline{{0, 0},
                                      {8, 0.3},
                                      {14, 1.2},
                                      {18, 2.6},
                                      {25, 24},
                                      {25, 65},
                                      {24, 108},
                                      {5, 109},
                                      {3, 64},
                                      {0, 31}})},
        {"dress without straps", kDress,
         test::draw(
             test::HalfOutline{{0, 1}, {20, 0}, {21, 6}, {17, 22}, {24, 44}, {30, 78}, {0, 80}})},
        {"boat neck", kDress,
         test::draw(test::HalfOutline{{0, 2},
                                      {14, 0},
                                      {19, 4},
                                      {17.5, 15},
                                      {22, 23},
                                      {19, 40},
                                      {25, 60},
                                      {26, 98},
                                      {0, 100}})},
        {"halter", kDress,
         test::draw(test::HalfOutline{
             {0, 1}, {6, 0}, {8, 2}, {12, 14}, {22, 24}, {18, 40}, {25, 60}, {34, 108}, {0, 110}})},
        upper("shift", kDress, {.waist = 22, .hip = 26, .hem = 27, .length = 100}),
        upper("maxi dress", kDress, {.hip = 28, .hem = 45, .length = 140}),
        upper("strap dress", kDress,
              {.shoulder = 14, .neck_depth = 16, .strap = 1.2, .hem = 34, .length = 100}),
        upper("T-shirt dress", kDress, {.sleeve = 22, .hem = 36, .length = 100}),
        upper("shirt dress", kDress, {.sleeve = 58, .waist = 22, .hem = 34, .length = 125}),
        upper("tank top", kTop, {.waist = 22, .hem = 24, .length = 62}),
        upper(
            "strap top", kTop,
            {.shoulder = 14, .neck_depth = 14, .strap = 1.2, .waist = 21, .hem = 24, .length = 55}),
        upper("crop top", kTop, {.waist = 21, .hem = 21, .length = 44}),
        upper("T-shirt", kTop, {.sleeve = 20, .waist = 23, .hem = 24, .length = 66}),
        upper("long sleeves", kTop, {.sleeve = 60, .waist = 22, .hem = 23, .length = 64}),
        upper("peplum", kTop, {.waist = 18, .hem = 30, .length = 60}),
        upper("jumpsuit", kJumpsuit, {.hip = 25, .hem = 11, .length = 140, .inseam = 72}),
        upper("jumpsuit with sleeves", kJumpsuit,
              {.sleeve = 20, .hip = 25, .hem = 13, .length = 140, .inseam = 72}),
        upper("overall with straps", kJumpsuit,
              {.shoulder = 13,
               .neck_depth = 14,
               .strap = 1.5,
               .hip = 25,
               .hem = 12,
               .length = 138,
               .inseam = 70}),
        upper("playsuit", kJumpsuit, {.hip = 25, .hem = 14.5, .length = 80, .inseam = 12}),
    };
}

std::string other_side(const std::string& name) {
    if (name.starts_with("left_")) {
        return "right_" + name.substr(5);
    }
    return name.starts_with("right_") ? "left_" + name.substr(6) : name;
}

/// In centimeters of the drawing.
void check_anchors(const FoundAnchors& found, const test::Drawn& drawn,
                   const std::map<std::string, cv::Point2d>& expected, double tolerance) {
    for (const auto& [name, place] : expected) {
        CAPTURE(name);
        REQUIRE(found.anchors.contains(name));
        const cv::Point2d away = cv::Point2d(found.anchors.at(name)) - drawn.at(place.x, place.y);
        CAPTURE(away / drawn.scale);
        CHECK(cv::norm(away) / drawn.scale < tolerance);
    }
}

TEST_CASE("kinds are told apart by their shapes") {
    for (const Example& example : examples()) {
        CAPTURE(example.name);
        const FoundAnchors found = find_anchors(example.drawn.mask);
        CAPTURE(to_string(found.kind));
        CHECK(found.kind == example.kind);
        CHECK(found.guess.kind == example.kind);
        CHECK(found.guess.confidence > 0.5F);
        CHECK(found.guess.fits > 0.3F);
        CHECK(found.confidence > 0.7F);
    }
}

TEST_CASE("photos that are taken a little askew show the same kinds") {
    for (const Example& example : examples()) {
        CAPTURE(example.name);
        for (const double degrees : {-3.0, 3.0}) {
            CAPTURE(degrees);
            cv::Mat wider;
            cv::copyMakeBorder(example.drawn.mask, wider, 60, 60, 60, 60, cv::BORDER_CONSTANT, 0);
            const cv::Point2f middle(static_cast<float>(wider.cols) / 2,
                                     static_cast<float>(wider.rows) / 2);
            cv::Mat turned;
            cv::warpAffine(wider, turned, cv::getRotationMatrix2D(middle, degrees, 1),
                           wider.size());
            const FoundAnchors found = find_anchors(turned);
            CAPTURE(to_string(found.kind));
            CHECK(found.kind == example.kind);
        }
    }
}

TEST_CASE("a mirrored or scaled silhouette is of the same kind with the same anchors") {
    for (const Example& example : examples()) {
        CAPTURE(example.name);
        const FoundAnchors found = find_anchors(example.drawn.mask);
        const cv::Size size = example.drawn.mask.size();
        cv::Mat mirrored;
        cv::flip(example.drawn.mask, mirrored, 1);
        const FoundAnchors other = find_anchors(mirrored);
        CHECK(other.kind == found.kind);
        REQUIRE(other.anchors.size() == found.anchors.size());
        cv::Mat small;
        cv::resize(example.drawn.mask, small, {}, 0.6, 0.6, cv::INTER_AREA);
        const FoundAnchors less = find_anchors(small);
        CHECK(less.kind == found.kind);
        REQUIRE(less.anchors.size() == found.anchors.size());
        for (const auto& [name, point] : found.anchors) {
            CAPTURE(name);
            // Along a level neckline there is no telling where it begins.
            const double tolerance = name.ends_with("neck") ? 0.035 : 0.012;
            const cv::Point2f there = other.anchors.at(other_side(name));
            CHECK(cv::norm(cv::Point2f(static_cast<float>(size.width - 1) - there.x, there.y) -
                           point) < tolerance * size.height);
            CHECK(cv::norm(less.anchors.at(name) / 0.6 - point) <
                  (tolerance + 0.008) * size.height);
        }
    }
}

/// Waves and bites of a few pixels along the outline, as noise and soft shadows leave them.
cv::Mat ragged(const cv::Mat& mask, int seed) {
    constexpr double kRagged = 2.5;  // pixels, standard deviation
    cv::Mat noise(mask.size(), CV_32F);
    cv::RNG random(static_cast<std::uint64_t>(seed));
    random.fill(noise, cv::RNG::NORMAL, 0, 1);
    cv::GaussianBlur(noise, noise, {}, 6);
    cv::Mat inside, outside;
    cv::distanceTransform(mask, inside, cv::DIST_L2, cv::DIST_MASK_5);
    cv::distanceTransform(255 - mask, outside, cv::DIST_L2, cv::DIST_MASK_5);
    cv::Mat deviation, mean;
    cv::meanStdDev(noise, mean, deviation);
    return inside - outside + noise * (kRagged / deviation.at<double>(0)) > 0;
}

TEST_CASE("a ragged outline shows the same kind, or is told to be doubtful") {
    for (const Example& example : examples()) {
        if (example.name == std::string("wide")) {
            continue;  // its legs grow together, and there are no colors to tell them apart by
        }
        CAPTURE(example.name);
        for (int seed = 1; seed <= 3; ++seed) {
            CAPTURE(seed);
            const FoundAnchors found = find_anchors(ragged(example.drawn.mask, seed));
            CAPTURE(to_string(found.kind));
            CHECK((found.kind == example.kind || found.guess.confidence < kSureKind));
        }
    }
}

TEST_CASE("trousers have waistband, hips, crotch, knees and ends of legs") {
    const test::Drawn drawn = test::draw(Trousers{});
    const FoundAnchors found = find_anchors(drawn.mask);
    CHECK(found.anchors.size() == 13);
    check_anchors(found, drawn,
                  {{"left_waist", {19, 0}},
                   {"right_waist", {-19, 0}},
                   {"left_leg_outer", {24.5, 107}},
                   {"left_leg_inner", {4.5, 108}},
                   {"right_leg_inner", {-4.5, 108}},
                   {"right_leg_outer", {-24.5, 107}}},
                  1.8);
    check_anchors(found, drawn, {{"left_hip", {24.8, 21}}, {"crotch", {0, 29}}}, 3);
    check_anchors(found, drawn, {{"left_knee_outer", {24.5, 62}}, {"right_knee_inner", {-2.5, 62}}},
                  4);
}

TEST_CASE("a band around the chest, much wider than high, has its anchors inside") {
    const FoundAnchors found = find_anchors(
        test::draw(test::HalfOutline{{0, 0}, {40, 0}, {40, 12}, {0, 12}}).mask, GarmentKind::kTop);
    REQUIRE(found.anchors.contains("left_armpit"));
    CHECK(found.anchors.at("left_armpit").y <= found.anchors.at("left_hem").y);
}

TEST_CASE("waves of a hem are no legs") {
    const FoundAnchors found = find_anchors(test::draw(test::HalfOutline{{0, 5},
                                                                         {8, 4},
                                                                         {11, 0},
                                                                         {15, 0},
                                                                         {15.5, 8},
                                                                         {16, 20},
                                                                         {14, 36},
                                                                         {16, 58},
                                                                         {18, 97},
                                                                         {9, 99.5},
                                                                         {4, 97},
                                                                         {0, 95}})
                                                .mask);
    CHECK(found.kind == GarmentKind::kDress);
}

TEST_CASE("legs that touch part where hips tell") {
    Trousers touching;
    touching.spread = -1;
    touching.knee = 13;
    touching.hem = 10.5;
    const test::Drawn drawn = test::draw(touching);
    const FoundAnchors found = find_anchors(drawn.mask);
    CHECK(found.kind == GarmentKind::kTrousers);
    check_anchors(found, drawn, {{"crotch", {0, 29}}, {"left_leg_outer", {22, 107}}}, 7);
}

TEST_CASE("shorts have no knees") {
    const test::Drawn drawn = test::draw(Trousers{19, 27, 29, 15, 14, 14.5, 2.5});
    const FoundAnchors found = find_anchors(drawn.mask);
    CHECK_FALSE(found.anchors.contains("left_knee_outer"));
    check_anchors(found, drawn, {{"crotch", {0, 29}}, {"left_leg_outer", {30.5, 44}}}, 1.8);
}

TEST_CASE("skirts have waistband, hips and hem") {
    const test::Drawn drawn = test::draw(Skirt{});
    const FoundAnchors found = find_anchors(drawn.mask);
    CHECK(found.anchors.size() == 6);
    check_anchors(found, drawn,
                  {{"left_waist", {18, 0}}, {"left_hem", {26, 58}}, {"right_hem", {-26, 58}}}, 1.5);
    check_anchors(found, drawn, {{"left_hip", {24, 20}}}, 4);
}

TEST_CASE("dresses have a torso's anchors and hips and hem") {
    for (const double length : {95.0, 140.0}) {
        CAPTURE(length);
        const test::Drawn drawn = test::draw(Upper{.length = length});
        const FoundAnchors found = find_anchors(drawn.mask);
        CHECK(found.sleeves == Sleeves::kNone);
        check_anchors(found, drawn,
                      {{"left_shoulder", {18, 4}},
                       {"left_armpit", {23, 22}},
                       {"left_waist", {19, 40}},
                       {"right_hem", {-32, length - 2}}},
                      3);
        check_anchors(found, drawn, {{"left_hip", {26, 62}}}, 6);
    }
}

TEST_CASE("armpits are above the waist of a dress, however wide or plain its skirt is") {
    const std::vector<test::HalfOutline> outlines{
        // A full skirt below a short bodice with cap sleeves, and a tube.
        {{0, 1},
         {6, 0},
         {11, 2},
         {14.5, 9},
         {11.7, 10.5},
         {11.2, 21.5},
         {22, 34.5},
         {28.6, 45.5},
         {30, 54.6},
         {0, 57}},
        {{0, 0.3},
         {11, 0.3},
         {15, 5},
         {15.5, 12},
         {13.6, 24},
         {17, 40},
         {19.4, 50},
         {19, 70},
         {17.5, 80},
         {0, 81}}};
    for (const test::HalfOutline& outline : outlines) {
        const test::Drawn drawn = test::draw(outline);
        const FoundAnchors found = find_anchors(drawn.mask, GarmentKind::kDress);
        const auto down = [&](const char* name) {
            return (found.anchors.at(name).y - found.anchors.at("left_shoulder").y) / drawn.scale;
        };
        CHECK(down("left_armpit") < 20);
        CHECK(down("left_waist") > down("left_armpit"));
        CHECK(down("left_waist") < 30);
        CHECK(down("left_hip") < 50);
    }
}

TEST_CASE("what has no straps has its armpits at the ends of its upper edge") {
    // A sheath without straps, with a heart-shaped edge, and one with a boat neck.
    const test::HalfOutline straight{{0, 0.5}, {12, 0},  {15, 3},  {15.5, 8},
                                     {13, 24}, {17, 40}, {17, 80}, {0, 80.5}};
    const test::HalfOutline heart{{0, 3},   {6, 0},   {12, 0.2}, {15, 3},  {15, 10},
                                  {13, 24}, {17, 40}, {17, 80},  {0, 80.5}};
    const test::HalfOutline boat{{0, 2},   {9, 0},   {12, 1.5}, {12, 9},  {15, 14},
                                 {13, 34}, {17, 50}, {17, 90},  {0, 90.5}};
    for (const auto& [outline, strapless] :
         {std::pair{straight, true}, std::pair{heart, true}, std::pair{boat, false}}) {
        CAPTURE(strapless);
        const test::Drawn drawn = test::draw(outline);
        const FoundAnchors found = find_anchors(drawn.mask, GarmentKind::kDress);
        const double down =
            (found.anchors.at("left_armpit").y - found.anchors.at("left_shoulder").y) / drawn.scale;
        CHECK((down < 5) == strapless);
        CHECK(found.anchors.at("left_waist").y > found.anchors.at("left_armpit").y);
        CHECK(found.anchors.at("left_hip").y > found.anchors.at("left_waist").y);
    }
}

TEST_CASE("jumpsuits have a torso's anchors and legs") {
    const test::Drawn drawn =
        test::draw(Upper{.sleeve = 20, .hip = 25, .hem = 13, .length = 140, .inseam = 72});
    const FoundAnchors found = find_anchors(drawn.mask);
    CHECK(found.sleeves == Sleeves::kShort);
    CHECK_FALSE(found.anchors.contains("left_hem"));
    check_anchors(found, drawn,
                  {{"left_armpit", {23, 23}},
                   {"left_leg_outer", {28.5, 140}},
                   {"right_leg_inner", {-2.5, 141}}},
                  3);
    check_anchors(found, drawn, {{"left_waist", {19, 40}}, {"crotch", {0, 68}}}, 7);
    CHECK(found.anchors.contains("left_knee_inner"));
}

TEST_CASE("a kind that is given is believed, and its anchors are inside") {
    for (const Example& example : examples()) {
        CAPTURE(example.name);
        using enum GarmentKind;
        for (const GarmentKind kind :
             {kTop, kOuterwear, kTrousers, kShorts, kSkirt, kDress, kJumpsuit}) {
            const FoundAnchors found = find_anchors(example.drawn.mask, kind);
            CHECK(found.kind == kind);
            CHECK(found.guess.kind == example.kind);
            CHECK(found.anchors.contains("crotch") == has_legs(kind));
            CHECK(found.anchors.contains("left_armpit") == covers_torso(kind));
            for (const auto& [name, p] : found.anchors) {
                CHECK((p.x >= 0 && p.y >= 0 && p.x < static_cast<float>(example.drawn.mask.cols) &&
                       p.y < static_cast<float>(example.drawn.mask.rows)));
            }
        }
    }
}

/// A drawing with a part of it cleared, in centimeters.
cv::Mat cleared(const test::Drawn& drawn, const std::vector<cv::Point2d>& part) {
    cv::Mat mask = drawn.mask.clone();
    std::vector<cv::Point> points;
    for (const auto& p : part) {
        points.emplace_back(drawn.at(p.x, p.y));
    }
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points}, 0);
    return mask;
}

TEST_CASE("fronts that hang apart are those of an open jacket") {
    const Upper coat{.sleeve = 60, .waist = 24, .hem = 25, .length = 70};
    const test::Drawn drawn = test::draw(coat);
    const FoundAnchors found = find_anchors(cleared(drawn, {{0, 14}, {5, 80}, {-5, 80}}));
    CHECK(found.kind == GarmentKind::kOuterwear);
    CHECK(found.open_front);
    CHECK(found.sleeves == Sleeves::kLong);
    check_anchors(found, drawn, {{"left_armpit", {23, 24}}, {"right_hem", {-25, 68}}}, 3);
    CHECK_FALSE(find_anchors(drawn.mask).open_front);
}

TEST_CASE("two fronts without a back are an open jacket, two other things are not") {
    const Upper coat{.sleeve = 60, .waist = 24, .hem = 25, .length = 70};
    const test::Drawn drawn = test::draw(coat);
    const cv::Mat fronts = cleared(drawn, {{-3, -20}, {3, -20}, {7, 90}, {-7, 90}});
    REQUIRE(is_two_fronts(fronts));
    CHECK_FALSE(is_two_fronts(drawn.mask));
    const FoundAnchors found = find_anchors(fronts);
    CHECK(found.kind == GarmentKind::kOuterwear);
    CHECK(found.open_front);
    check_anchors(found, drawn, {{"left_armpit", {23, 24}}, {"right_hem", {-25, 68}}}, 3);
    // What is between them is filled, the neckline above included, and nothing else.
    const cv::Mat joined = with_fronts_joined(fronts);
    CHECK(cv::countNonZero(joined & ~drawn.mask) < 0.03 * cv::countNonZero(drawn.mask));
    CHECK(cv::countNonZero(drawn.mask & ~joined) < 0.02 * cv::countNonZero(drawn.mask));
    // Two vests, and two shirts side by side.
    cv::Mat vests(drawn.mask.size(), CV_8UC1, cv::Scalar(0));
    for (const int x : {50, 250}) {
        cv::rectangle(vests, {x, 60, 150, 300}, 255, cv::FILLED);
    }
    CHECK_FALSE(is_two_fronts(vests));
    cv::Mat shirts;
    cv::hconcat(drawn.mask, drawn.mask, shirts);
    CHECK_FALSE(is_two_fronts(shirts));
}

/// A drawn coat of one color with a strip of another down its middle, from the collar to `to` in
/// centimeters or the hem.
cv::Mat with_strip(const test::Drawn& drawn, const cv::Scalar& strip, double to) {
    cv::Mat rgba(drawn.mask.size(), CV_8UC4, cv::Scalar(150, 90, 60, 255));
    const cv::Mat inside = drawn.mask & ~cleared(drawn, {{-3, -20}, {3, -20}, {7, 90}, {-7, 90}});
    rgba.setTo(strip, inside);
    cv::RNG random(1);
    cv::Mat noise(rgba.size(), CV_8UC4);
    random.fill(noise, cv::RNG::UNIFORM, 0, 8);
    rgba += noise;
    cv::Mat alpha = drawn.mask.clone();
    const int end = std::min(cvRound(drawn.at(0, to).y), alpha.rows);
    alpha.rowRange(end, alpha.rows).setTo(0, inside.rowRange(end, alpha.rows));
    cv::insertChannel(alpha, rgba, 3);
    return rgba;
}

TEST_CASE(
    "the inside of the back between two fronts is taken away, a stripe only where it is known") {
    const Upper coat{.sleeve = 60, .waist = 24, .hem = 25, .length = 70};
    const test::Drawn drawn = test::draw(coat);
    const auto anchors = find_anchors(drawn.mask).anchors;
    const auto alpha_at = [&](const cv::Mat& rgba, double x, double y) {
        return int{rgba.at<cv::Vec4b>(drawn.at(x, y))[3]};
    };
    const cv::Scalar dark(40, 35, 30, 255), same(150, 90, 60, 255);
    cv::Mat open = with_strip(drawn, dark, 66);
    REQUIRE(remove_back_inside(open, anchors, false));
    for (const double y : {25.0, 40.0, 60.0, 65.5}) {
        CAPTURE(y);
        CHECK(alpha_at(open, 0, y) == 0);
        CHECK(alpha_at(open, 3, y) == 0);
        CHECK(alpha_at(open, 9, y) == 255);
        CHECK(alpha_at(open, -9, y) == 255);
    }
    cv::Mat stripe = with_strip(drawn, dark, 200);  // down to the hem of the fronts
    const cv::Mat before = stripe.clone();
    CHECK_FALSE(remove_back_inside(stripe, anchors, false));
    CHECK(cv::norm(stripe, before, cv::NORM_INF) == 0);
    CHECK(remove_back_inside(stripe, anchors, true));
    cv::Mat plain = with_strip(drawn, same, 200);
    CHECK_FALSE(remove_back_inside(plain, anchors, true));
}

TEST_CASE("a line down the middle tells legs that touch from a skirt") {
    const test::Drawn drawn =
        test::draw(test::HalfOutline{{0, 0}, {18, 0}, {24, 21}, {23, 105}, {0, 106}});
    for (const bool legs : {false, true}) {
        CAPTURE(legs);
        cv::Mat rgba(drawn.mask.size(), CV_8UC4, cv::Scalar(90, 110, 140, 255));
        if (legs) {
            cv::line(rgba, drawn.at(0, 30), drawn.at(0, 108), cv::Scalar(60, 75, 100, 255), 4);
        }
        cv::insertChannel(drawn.mask, rgba, 3);
        const FoundAnchors found = find_anchors(rgba);
        CHECK(found.kind == (legs ? GarmentKind::kTrousers : GarmentKind::kSkirt));
        if (legs) {
            check_anchors(found, drawn, {{"crotch", {0, 29}}}, 4);
        }
    }
}

TEST_CASE("bags and shoes are of no kind") {
    // A box with a handle, and two shoes that touch, from above.
    test::Drawn bag =
        test::draw(test::HalfOutline{{0, 0}, {9, 1}, {11, 14}, {18, 15}, {18.5, 45}, {0, 45}});
    CHECK(find_anchors(cleared(bag, {{7, 3}, {9, 13.5}, {-9, 13.5}, {-7, 3}})).guess.fits == 0.0F);
    const test::Drawn shoes = test::draw(test::HalfOutline{
        {0, 11}, {4, 1}, {7, 0}, {10, 3}, {10.5, 10}, {9, 24}, {6, 28}, {2, 26}, {0, 17}});
    CHECK(find_anchors(shoes.mask).guess.fits == 0.0F);
    for (const Example& example : examples()) {
        CAPTURE(example.name);
        CHECK(find_anchors(example.drawn.mask).guess.fits > 0.3F);
    }
}

TEST_CASE("a strap's ties are no sleeves") {
    test::Drawn drawn = test::draw(
        Upper{.shoulder = 15, .neck_depth = 20, .strap = 5, .waist = 20, .hem = 20, .length = 45});
    cv::Mat wider(drawn.mask.rows + 200, drawn.mask.cols + 100, CV_8U, cv::Scalar(0));
    drawn.mask.copyTo(wider(cv::Rect(50, 0, drawn.mask.cols, drawn.mask.rows)));
    const auto corner = [&](double side) { return drawn.at(side * 18, 44) + cv::Point2d(50, 0); };
    for (const double side : {-1.0, 1.0}) {
        cv::line(wider, corner(side), corner(side) + cv::Point2d(side * 50, 190), 255,
                 cvRound(3 * drawn.scale));
    }
    const FoundAnchors found = find_anchors(wider);
    CHECK(found.kind == GarmentKind::kTop);
    CHECK(found.sleeves == Sleeves::kNone);
    CHECK(cv::norm(cv::Point2d(found.anchors.at("left_hem")) - corner(1)) < 4 * drawn.scale);
}

}  // namespace
