#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "support/shared_data.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/garment_file.h"

namespace {

using namespace closet;

struct Known {
    const char* file;
    Sleeves sleeves;
    GarmentKind kind = GarmentKind::kTop;
    /// Checked by eye on a sheet of anchor_sheet; shares of the picture's width and height.
    std::map<std::string, cv::Point2d> anchors;
};

TEST_CASE("the shared garment photos get their kinds and anchors") {
    const auto folder = test::shared_file("media/garments");
    if (!folder) {
        return;
    }
    const std::vector<Known> known{{"garment_00055.jpg",
                                    Sleeves::kShort,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.64, 0.15}},
                                     {"right_neck", {0.35, 0.15}},
                                     {"left_shoulder", {0.74, 0.17}},
                                     {"right_shoulder", {0.26, 0.17}},
                                     {"left_armpit", {0.75, 0.39}},
                                     {"right_armpit", {0.25, 0.40}},
                                     {"left_hem", {0.78, 0.84}},
                                     {"right_hem", {0.25, 0.85}},
                                     {"left_cuff_outer", {0.92, 0.40}},
                                     {"right_cuff_outer", {0.08, 0.40}},
                                     {"left_cuff_inner", {0.80, 0.44}},
                                     {"right_cuff_inner", {0.21, 0.45}}}},
                                   {"garment_00470.jpg",
                                    Sleeves::kLong,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.59, 0.14}},
                                     {"right_neck", {0.39, 0.14}},
                                     {"left_shoulder", {0.70, 0.17}},
                                     {"right_shoulder", {0.27, 0.17}},
                                     {"left_armpit", {0.70, 0.40}},
                                     {"right_armpit", {0.27, 0.41}},
                                     {"left_hem", {0.72, 0.78}},
                                     {"right_hem", {0.27, 0.79}},
                                     {"left_cuff_outer", {0.89, 0.89}},
                                     {"right_cuff_outer", {0.11, 0.89}},
                                     {"left_cuff_inner", {0.78, 0.89}},
                                     {"right_cuff_inner", {0.21, 0.90}},
                                     {"left_elbow", {0.81, 0.59}},
                                     {"right_elbow", {0.18, 0.60}}}},
                                   {"garment_03244.jpg",
                                    Sleeves::kShort,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.66, 0.10}},
                                     {"right_neck", {0.37, 0.09}},
                                     {"left_shoulder", {0.76, 0.13}},
                                     {"right_shoulder", {0.26, 0.13}},
                                     {"left_armpit", {0.77, 0.40}},
                                     {"right_armpit", {0.25, 0.38}},
                                     {"left_hem", {0.77, 0.91}},
                                     {"right_hem", {0.24, 0.90}},
                                     {"left_cuff_outer", {0.91, 0.38}},
                                     {"right_cuff_outer", {0.09, 0.37}},
                                     {"left_cuff_inner", {0.80, 0.41}},
                                     {"right_cuff_inner", {0.21, 0.41}}}},
                                   {"garment_06123.jpg",
                                    Sleeves::kShort,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.65, 0.08}},
                                     {"right_neck", {0.36, 0.08}},
                                     {"left_shoulder", {0.75, 0.11}},
                                     {"right_shoulder", {0.25, 0.10}},
                                     {"left_armpit", {0.76, 0.42}},
                                     {"right_armpit", {0.23, 0.42}},
                                     {"left_hem", {0.79, 0.91}},
                                     {"right_hem", {0.20, 0.91}},
                                     {"left_cuff_outer", {0.88, 0.39}},
                                     {"right_cuff_outer", {0.11, 0.38}},
                                     {"left_cuff_inner", {0.81, 0.41}},
                                     {"right_cuff_inner", {0.18, 0.40}}}},
                                   {"garment_09176.jpg",
                                    Sleeves::kLong,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.59, 0.11}},
                                     {"right_neck", {0.37, 0.11}},
                                     {"left_shoulder", {0.70, 0.15}},
                                     {"right_shoulder", {0.26, 0.15}},
                                     {"left_armpit", {0.71, 0.38}},
                                     {"right_armpit", {0.25, 0.39}},
                                     {"left_hem", {0.72, 0.79}},
                                     {"right_hem", {0.24, 0.79}},
                                     {"left_cuff_outer", {0.90, 0.87}},
                                     {"right_cuff_outer", {0.10, 0.88}},
                                     {"left_cuff_inner", {0.79, 0.87}},
                                     {"right_cuff_inner", {0.20, 0.87}},
                                     {"left_elbow", {0.82, 0.57}},
                                     {"right_elbow", {0.17, 0.57}}}},
                                   {"garment_12562.jpg",
                                    Sleeves::kShort,
                                    GarmentKind::kTop,
                                    {{"left_neck", {0.63, 0.12}},
                                     {"right_neck", {0.34, 0.12}},
                                     {"left_shoulder", {0.73, 0.14}},
                                     {"right_shoulder", {0.26, 0.14}},
                                     {"left_armpit", {0.74, 0.36}},
                                     {"right_armpit", {0.25, 0.38}},
                                     {"left_hem", {0.79, 0.81}},
                                     {"right_hem", {0.21, 0.81}},
                                     {"left_cuff_outer", {0.91, 0.30}},
                                     {"right_cuff_outer", {0.09, 0.32}},
                                     {"left_cuff_inner", {0.82, 0.35}},
                                     {"right_cuff_inner", {0.19, 0.37}}}},
                                   {"jacket.jpg",
                                    Sleeves::kLong,
                                    GarmentKind::kOuterwear,
                                    {{"left_neck", {0.62, 0.13}},
                                     {"right_neck", {0.34, 0.12}},
                                     {"left_shoulder", {0.74, 0.17}},
                                     {"right_shoulder", {0.28, 0.15}},
                                     {"left_armpit", {0.75, 0.40}},
                                     {"right_armpit", {0.27, 0.39}},
                                     {"left_hem", {0.77, 0.80}},
                                     {"right_hem", {0.25, 0.79}},
                                     {"left_cuff_outer", {0.95, 0.86}},
                                     {"right_cuff_outer", {0.07, 0.89}},
                                     {"left_cuff_inner", {0.79, 0.86}},
                                     {"right_cuff_inner", {0.23, 0.87}},
                                     {"left_elbow", {0.86, 0.57}},
                                     {"right_elbow", {0.15, 0.57}}}},
                                   {"dress_052234.jpg",
                                    Sleeves::kShort,
                                    GarmentKind::kDress,
                                    {{"left_armpit", {0.66, 0.30}},
                                     {"right_armpit", {0.38, 0.30}},
                                     {"left_hem", {0.76, 0.90}},
                                     {"right_hem", {0.21, 0.89}}}},
                                   {"trousers_013608.jpg",
                                    Sleeves::kNone,
                                    GarmentKind::kTrousers,
                                    {{"left_waist", {0.69, 0.09}},
                                     {"right_waist", {0.34, 0.09}},
                                     {"left_hip", {0.72, 0.18}},
                                     {"crotch", {0.51, 0.22}},
                                     {"left_knee_outer", {0.73, 0.46}},
                                     {"right_leg_outer", {0.27, 0.85}},
                                     {"right_leg_inner", {0.48, 0.85}},
                                     {"left_leg_outer", {0.76, 0.85}}}},
                                   {"trousers_051985.jpg",
                                    Sleeves::kNone,
                                    GarmentKind::kTrousers,
                                    {{"left_waist", {0.67, 0.11}},
                                     {"right_waist", {0.31, 0.11}},
                                     {"crotch", {0.50, 0.37}},
                                     {"left_knee_outer", {0.74, 0.60}},
                                     {"right_leg_outer", {0.25, 0.86}},
                                     {"right_leg_inner", {0.42, 0.86}},
                                     {"left_leg_outer", {0.73, 0.87}}}}};
    for (const Known& garment : known) {
        CAPTURE(garment.file);
        const Prepared prepared = prepare_garment(*folder / garment.file);
        CAPTURE(to_string(prepared.garment.kind));
        CHECK(prepared.garment.kind == garment.kind);
        CHECK(prepared.kind_confidence > 0.9F);
        CHECK(prepared.garment.sleeves == garment.sleeves);
        CHECK(prepared.confidence > 0.5F);
        for (const auto& [name, share] : garment.anchors) {
            CAPTURE(name);
            const cv::Point2d at = prepared.garment.anchors.at(name);
            CHECK(std::abs(at.x / prepared.garment.rgba.cols - share.x) < 0.03);
            CHECK(std::abs(at.y / prepared.garment.rgba.rows - share.y) < 0.03);
        }
    }
}

TEST_CASE("the shared tops of pairs are tops, with the sleeves that they have") {
    const auto folder = test::shared_file("media/pairs");
    if (!folder) {
        return;
    }
    for (const auto& [id, sleeves] : std::map<std::string, Sleeves>{{"00006", Sleeves::kLong},
                                                                    {"00010", Sleeves::kShort},
                                                                    {"00017", Sleeves::kShort},
                                                                    {"00057", Sleeves::kShort},
                                                                    {"00067", Sleeves::kShort},
                                                                    {"00069", Sleeves::kLong},
                                                                    {"00075", Sleeves::kShort},
                                                                    {"00126", Sleeves::kShort},
                                                                    {"00151", Sleeves::kLong},
                                                                    {"14627", Sleeves::kNone}}) {
        CAPTURE(id);
        const Prepared prepared = prepare_garment(*folder / (id + "_cloth.jpg"));
        CHECK(prepared.garment.kind == GarmentKind::kTop);
        CHECK(prepared.kind_confidence > 0.9F);
        CHECK(prepared.garment.sleeves == sleeves);
    }
    // Straps with ties: no wings.
    const Prepared straps = prepare_garment(*folder / "14627_cloth.jpg");
    const auto& anchors = straps.garment.anchors;
    CHECK(straps.confidence > 0.7F);
    CHECK(anchors.at("left_hem").y < 0.75F * static_cast<float>(straps.garment.rgba.rows));
    CHECK(anchors.at("left_neck").y < 0.2F * static_cast<float>(straps.garment.rgba.rows));
}

TEST_CASE("the shared people are refused as garments") {
    const auto folder = test::shared_file("media/people");
    if (!folder) {
        return;
    }
    for (const char* const name : {"full_048462.jpg", "full_050876.jpg", "full_051138.jpg",
                                   "person_00034.jpg", "person_00055.jpg", "person_00121.jpg"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(prepare_garment(*folder / name), ConfigError);
    }
}

}  // namespace
