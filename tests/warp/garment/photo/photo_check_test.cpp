#include <array>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "core/error.h"
#include "support/shared_data.h"
#include "warp/garment/photo/cut_out.h"
#include "warp/garment/photo/made_photos.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kPhotoSize{480, 640};

/// What a photo is refused with; empty where it is not.
std::string refusal(const cv::Mat& photo, const CutOutOptions& options = {}) {
    try {
        cut_out(photo, "photo.jpg", options);
        return {};
    } catch (const ConfigError& error) {
        return error.what();
    }
}

/// One sentence that names the photo, says this, and offers a mask.
void check_refused(const cv::Mat& photo, const std::string& reason) {
    const std::string said = refusal(photo);
    CAPTURE(said);
    CHECK(said.starts_with("photo.jpg "));
    CHECK(said.find(reason) != std::string::npos);
    CHECK(said.find("--mask FILE") != std::string::npos);
    CHECK(said.find(". ") == std::string::npos);
}

cv::Mat dark_on_white(const cv::Mat& mask) {
    return blend(plain(mask.size(), {40, 40, 90}), plain(mask.size(), {246, 246, 246}), mask);
}

TEST_CASE("A photo without a plain ground is refused") {
    cv::Mat scene(kPhotoSize, CV_8UC3);
    cv::randu(scene, 0, 255);
    check_refused(scene, "has no plain ground");
}

TEST_CASE("A photo of nothing is refused") {
    check_refused(plain(kPhotoSize, {246, 246, 246}), "shows nothing but its ground");
    check_refused(plain(kPhotoSize, {0, 0, 0}), "shows nothing but its ground");
    cv::Mat speck = plain(kPhotoSize, {246, 246, 246});
    cv::rectangle(speck, cv::Rect(200, 200, 30, 30), {0, 0, 0}, cv::FILLED);
    check_refused(speck, "shows nothing but its ground");
}

TEST_CASE("Several garments in one photo are refused") {
    const cv::Mat one = shirt_mask({300, 400});
    cv::Mat mask(400, 600, CV_8U);
    one.copyTo(mask.colRange(0, 300));
    one.copyTo(mask.colRange(300, 600));
    check_refused(dark_on_white(mask), "shows 2 separate things");
}

TEST_CASE("A garment that runs out of the picture on two sides is refused") {
    const cv::Mat whole = shirt_mask({600, 800});
    check_refused(dark_on_white(whole(cv::Rect(120, 80, 480, 500)).clone()),
                  "runs out of the picture at the bottom and the left");
}

TEST_CASE("A garment cut off at the hem alone is accepted") {
    const cv::Mat whole = shirt_mask({600, 800});
    CHECK(refusal(dark_on_white(whole.rowRange(0, 600).clone())).empty());
}

TEST_CASE("A photo of something else is refused") {
    cv::Mat rod(kPhotoSize, CV_8U, cv::Scalar(0));
    cv::rectangle(rod, cv::Rect(220, 60, 40, 500), 255, cv::FILLED);
    check_refused(dark_on_white(rod), "not the shape of a garment");
    cv::Mat corner(kPhotoSize, CV_8U, cv::Scalar(0));
    cv::rectangle(corner, cv::Rect(80, 80, 60, 460), 255, cv::FILLED);
    cv::rectangle(corner, cv::Rect(80, 480, 320, 60), 255, cv::FILLED);
    check_refused(dark_on_white(corner), "not the shape of a garment");
}

TEST_CASE("Photos of people are refused as such") {
    for (const char* file :
         {"person_00034.jpg", "person_00055.jpg", "person_00121.jpg", "person_01992.jpg"}) {
        const auto path = shared_file(std::filesystem::path("media/people") / file);
        if (!path) {
            return;
        }
        CAPTURE(file);
        cv::Mat rgb = cv::imread(path->string());
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        check_refused(rgb, "shows a person who wears the garment");
        // Cut off at neck and knees, as many shops do: refused, for one reason or another.
        const int rows = rgb.rows;
        CHECK(!refusal(rgb.rowRange(rows / 4, rows * 3 / 4).clone()).empty());
    }
}

TEST_CASE("Photos of scenes are refused") {
    for (const char* file :
         {"000000000785.jpg", "000000040083.jpg", "000000196141.jpg", "000000197388.jpg"}) {
        const auto path = shared_file(std::filesystem::path("media/coco") / file);
        if (!path) {
            return;
        }
        CAPTURE(file);
        cv::Mat rgb = cv::imread(path->string());
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        CHECK(!refusal(rgb).empty());
    }
}

TEST_CASE("A skin-colored garment is no person") {
    const cv::Mat mask = shirt_mask(kPhotoSize);
    for (const cv::Scalar& color : {cv::Scalar(224, 172, 150), cv::Scalar(200, 110, 120),
                                    cv::Scalar(141, 85, 66), cv::Scalar(240, 205, 185)}) {
        CAPTURE(color[0]);
        CHECK(refusal(blend(plain(kPhotoSize, color), plain(kPhotoSize, {246, 246, 246}), mask))
                  .empty());
    }
}

TEST_CASE("Sizes of no use are refused in one sentence") {
    for (const cv::Size& size :
         {cv::Size(1, 1), cv::Size(1, 500), cv::Size(500, 1), cv::Size(31, 400), cv::Size(0, 0)}) {
        const cv::Mat photo(size, CV_8UC3, cv::Scalar::all(246));
        CHECK(refusal(photo).find("too small to find a garment in") != std::string::npos);
    }
    // Shrinking to the analysis size leaves one column of these.
    check_refused(plain({32, 40000}, {246, 246, 246}), "shows nothing but its ground");
    cv::Mat noise(33, 20000, CV_8UC3);
    cv::randu(noise, 0, 255);
    CHECK(!refusal(noise).empty());
}

TEST_CASE("A mask of another size or without anything in it is refused") {
    const cv::Mat photo = dark_on_white(shirt_mask(kPhotoSize));
    CHECK(
        refusal(photo, {shirt_mask({100, 100})}).find("is 100x100 pixels and the photo 480x640") !=
        std::string::npos);
    CHECK(refusal(photo, {cv::Mat(kPhotoSize, CV_8U, cv::Scalar(0))}).find("is empty") !=
          std::string::npos);
}

}  // namespace
