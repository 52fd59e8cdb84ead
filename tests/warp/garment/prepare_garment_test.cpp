#include "warp/garment/garment_file.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "support/log_capture.h"
#include "support/temporary_folder.h"
#include "warp/garment/photo/made_photos.h"
#include "warp/garment/write_garment.h"

namespace {

using namespace closet;
using test::TemporaryFolder;

constexpr int kWidth = 600;
constexpr int kHeight = 800;
const cv::Size kSize(kWidth, kHeight);

/// A blue shirt on near-white (B G R).
cv::Mat shirt_photo() {
    return test::blend(test::plain(kSize, {160, 70, 40}), test::plain(kSize, {246, 246, 246}),
                       test::shirt_mask(kSize));
}

cv::Mat shirt_with_alpha() {
    cv::Mat bgra;
    cv::cvtColor(test::plain(kSize, {160, 70, 40}), bgra, cv::COLOR_BGR2BGRA);
    cv::insertChannel(test::shirt_mask(kSize), bgra, 3);
    return bgra;
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

TEST_CASE("a photo is cut out and its anchors are found") {
    const TemporaryFolder folder;
    for (const std::string name : {"photo.png", "photo.jpg", "photo.webp", "photo.tiff"}) {
        CAPTURE(name);
        REQUIRE(cv::imwrite(folder / name, shirt_photo()));
        const Prepared prepared = prepare_garment(folder / name);
        CHECK(prepared.from_photo);
        CHECK_FALSE(prepared.from_json);
        CHECK(prepared.confidence > 0.8F);
        CHECK(prepared.garment.sleeves == Sleeves::kShort);
        CHECK(prepared.garment.name == "photo");
        const cv::Mat& rgba = prepared.garment.rgba;
        REQUIRE(rgba.type() == CV_8UC4);
        REQUIRE(rgba.size() == kSize);
        CHECK(rgba.at<cv::Vec4b>(10, 10)[3] == 0);
        const auto inside = rgba.at<cv::Vec4b>(kHeight / 2, kWidth / 2);
        CHECK(inside[3] == 255);
        CHECK(inside[2] > inside[0] + 60);  // blue, as R G B A
        CHECK(prepared.garment.anchors.at("left_armpit").x ==
              doctest::Approx(0.7 * kWidth).epsilon(0.03));
    }
}

TEST_CASE("load_garment takes a photo directly") {
    const TemporaryFolder folder;
    REQUIRE(cv::imwrite(folder / "photo.jpg", shirt_photo()));
    // A photo's own pixels are not those of the garment, so such a file is not for it.
    write(folder / "photo.json", "{}{");
    const auto garment = load_garment(folder / "photo.jpg");
    CHECK(garment->rgba.channels() == 4);
    CHECK(garment->anchors.contains("left_waist"));
}

TEST_CASE("a photo that was turned by its camera is upright") {
    const TemporaryFolder folder;
    cv::Mat turned;
    cv::rotate(shirt_photo(), turned, cv::ROTATE_90_COUNTERCLOCKWISE);
    std::vector<uchar> bytes;
    REQUIRE(cv::imencode(".jpg", turned, bytes));
    // APP1 behind the start marker: EXIF with one tag, orientation 6 (to be turned clockwise).
    const std::string exif(
        "\xff\xe1\x00\x22"
        "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
        36);
    std::string file(bytes.begin(), bytes.end());
    file.insert(2, exif);
    write(folder / "turned.jpg", file);
    const Prepared prepared = prepare_garment(folder / "turned.jpg");
    CHECK(prepared.garment.rgba.size() == kSize);
    CHECK(prepared.garment.sleeves == Sleeves::kShort);
    write(folder / "cut.jpg", file.substr(0, file.size() / 2));
    CHECK_THROWS_WITH_AS(prepare_garment(folder / "cut.jpg"), doctest::Contains("cut off"),
                         MediaError);
}

TEST_CASE("transparency is kept and anchors are found where no file names them") {
    const TemporaryFolder folder;
    const cv::Mat bgra = shirt_with_alpha();
    REQUIRE(cv::imwrite(folder / "shirt.png", bgra));
    Prepared prepared = prepare_garment(folder / "shirt.png");
    CHECK_FALSE(prepared.from_photo);
    cv::Mat rgba;
    cv::cvtColor(bgra, rgba, cv::COLOR_BGRA2RGBA);
    CHECK(cv::norm(rgba, prepared.garment.rgba, cv::NORM_INF) == 0);
    CHECK(prepared.garment.anchors.contains("left_cuff_outer"));

    write(folder / "shirt.json", R"({"kind": "long"})");
    prepared = prepare_garment(folder / "shirt.png");
    CHECK(prepared.garment.sleeves == Sleeves::kLong);
    CHECK_FALSE(prepared.from_json);
    CHECK(prepared.garment.anchors.contains("left_cuff_outer"));

    write(folder / "shirt.json",
          R"({"anchors": {"left_neck": [350, 90], "right_neck": [250, 90]}})");
    prepared = prepare_garment(folder / "shirt.png");
    CHECK(prepared.from_json);
    CHECK(prepared.confidence == 1.0F);
    CHECK(prepared.garment.anchors.at("left_neck") == cv::Point2f(350, 90));
    CHECK_FALSE(prepared.garment.anchors.contains("left_cuff_outer"));
}

TEST_CASE("a mask stands in for a plain ground") {
    const TemporaryFolder folder;
    cv::Mat busy(kSize, CV_8UC3);
    cv::RNG(3).fill(busy, cv::RNG::UNIFORM, 0, 255);
    const cv::Mat photo =
        test::blend(test::plain(kSize, {160, 70, 40}), busy, test::shirt_mask(kSize));
    REQUIRE(cv::imwrite(folder / "busy.png", photo));
    CHECK_THROWS_WITH_AS(prepare_garment(folder / "busy.png"), doctest::Contains("--mask"),
                         ConfigError);
    REQUIRE(cv::imwrite(folder / "mask.png", test::shirt_mask(kSize)));
    const Prepared prepared = prepare_garment(folder / "busy.png", {folder / "mask.png"});
    CHECK(prepared.garment.sleeves == Sleeves::kShort);
    CHECK(prepared.confidence > 0.8F);

    REQUIRE(cv::imwrite(folder / "small.png", test::shirt_mask({60, 80})));
    CHECK_THROWS_WITH_AS(prepare_garment(folder / "busy.png", {folder / "small.png"}),
                         doctest::Contains("60x80"), ConfigError);
    REQUIRE(cv::imwrite(folder / "shirt.png", shirt_with_alpha()));
    CHECK_THROWS_WITH_AS(prepare_garment(folder / "shirt.png", {folder / "mask.png"}),
                         doctest::Contains("leave the mask out"), ConfigError);
}

TEST_CASE("what is written is read again as it was") {
    const TemporaryFolder folder;
    REQUIRE(cv::imwrite(folder / "photo.png", shirt_photo()));
    const Prepared prepared = prepare_garment(folder / "photo.png");
    write_garment(prepared.garment, folder / "shirt.png");
    const auto again = load_garment(folder / "shirt.png");
    CHECK(cv::norm(prepared.garment.rgba, again->rgba, cv::NORM_INF) == 0);
    CHECK(again->sleeves == prepared.garment.sleeves);
    REQUIRE(again->anchors.size() == prepared.garment.anchors.size());
    for (const auto& [name, point] : prepared.garment.anchors) {
        CAPTURE(name);
        CHECK(cv::norm(again->anchors.at(name) - point) < 0.08);
    }
    // Nothing is left beside them.
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        ++files;
    }
    CHECK(files == 3);
    CHECK_THROWS_WITH_AS(write_garment(prepared.garment, folder / "no/shirt.png"),
                         doctest::Contains("cannot write"), MediaError);
}

TEST_CASE("doubts are returned by prepare and logged by load") {
    const TemporaryFolder folder;
    cv::Mat bgra(300, 300, CV_8UC4, cv::Scalar(10, 20, 30, 255));
    REQUIRE(cv::imwrite(folder / "opaque.png", bgra));
    CHECK_FALSE(prepare_garment(folder / "opaque.png").warnings.empty());
    const test::LogCapture log;
    load_garment(folder / "opaque.png");
    CHECK(log.count("opaque everywhere") == 1);
}

}  // namespace
