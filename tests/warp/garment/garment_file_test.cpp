#include "warp/garment/garment_file.h"
#include "support/paths.h"

#include <array>
#include <fstream>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/log.h"
#include "support/temporary_folder.h"
#include "warp/garment/anchors_file.h"
#include "warp/garment/picture_file.h"

namespace {

using namespace closet;
using test::TemporaryFolder;
namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;

void write(const fs::path& path, const Bytes& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

void write(const fs::path& path, const std::string& text) {
    write(path, Bytes(text.begin(), text.end()));
}

/// 12 x 8, B G R A, transparent but for a rectangle; the first visible pixel is red.
cv::Mat picture(int depth = CV_8U) {
    cv::Mat bgra(8, 12, CV_8UC4, cv::Scalar(0, 0, 0, 0));
    bgra(cv::Rect(2, 1, 8, 6)).setTo(cv::Scalar(30, 60, 90, 255));
    bgra.at<cv::Vec4b>(1, 2) = {0, 0, 255, 255};
    if (depth == CV_16U) {
        bgra.convertTo(bgra, CV_16U, 257.0);
    }
    return bgra;
}

Bytes encoded(const std::string& ending, const cv::Mat& image) {
    Bytes bytes;
    REQUIRE(cv::imencode(ending, image, bytes));
    return bytes;
}

void put_be32(Bytes& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

/// The checksum that PNG wants behind each chunk (RFC 2083, appendix 15).
std::uint32_t crc(const Bytes& bytes, std::size_t from) {
    std::uint32_t c = 0xffffffff;
    for (std::size_t i = from; i < bytes.size(); ++i) {
        c ^= bytes[i];
        for (int k = 0; k < 8; ++k) {
            c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1;
        }
    }
    return ~c;
}

/// A PNG with an eXIf chunk behind its header that holds one orientation tag.
Bytes with_orientation(const Bytes& png, std::uint8_t orientation) {
    constexpr std::ptrdiff_t kBehindHeader = 33;
    // Length and name; big-endian TIFF header; one entry (tag 0x112, a short, one of it); the end.
    Bytes chunk{0, 0, 0,    26, 'e', 'X', 'I', 'f', 'M', 'M', 0,           42, 0, 0, 0, 8, 0,
                1, 1, 0x12, 0,  3,   0,   0,   0,   1,   0,   orientation, 0,  0, 0, 0, 0, 0};
    put_be32(chunk, crc(chunk, 4));
    Bytes result(png.begin(), png.begin() + kBehindHeader);
    result.insert(result.end(), chunk.begin(), chunk.end());
    result.insert(result.end(), png.begin() + kBehindHeader, png.end());
    return result;
}

TEST_CASE("garments load from PNG and WebP and TIFF in 8 and 16 bit") {
    const TemporaryFolder folder;
    for (const auto& [name, depth] : {std::pair{"shirt.png", CV_8U},
                                      {"deep.png", CV_16U},
                                      {"shirt.webp", CV_8U},
                                      {"shirt.tiff", CV_8U},
                                      {"deep.tiff", CV_16U}}) {
        CAPTURE(name);
        const fs::path path = folder / name;
        Bytes bytes;
        REQUIRE(cv::imencode(path.extension().string(), picture(depth), bytes,
                             {cv::IMWRITE_WEBP_QUALITY, 101}));
        write(path, bytes);
        const auto garment = load_garment(path);
        CHECK(garment->name == path.stem());
        REQUIRE(garment->rgba.type() == CV_8UC4);
        REQUIRE(garment->rgba.size() == cv::Size(12, 8));
        CHECK(garment->rgba.at<cv::Vec4b>(1, 2) == cv::Vec4b(255, 0, 0, 255));
        CHECK(garment->rgba.at<cv::Vec4b>(4, 5) == cv::Vec4b(90, 60, 30, 255));
        CHECK(garment->rgba.at<cv::Vec4b>(0, 0)[3] == 0);
        // The visible rectangle's outer edges, in its widest row.
        CHECK(garment->anchors.at("right_shoulder") == cv::Point2f(1.5F, 1));
        CHECK(garment->anchors.at("left_shoulder") == cv::Point2f(9.5F, 1));
        CHECK(garment->sleeves == Sleeves::kShort);
    }
}

TEST_CASE("half transparent edges of a TIFF keep their straight color") {
    const TemporaryFolder folder;
    const fs::path path = folder / "soft.tiff";
    write(path, encoded(".tiff", cv::Mat(8, 8, CV_8UC4, cv::Scalar(40, 80, 200, 128))));
    CHECK(load_garment(path)->rgba.at<cv::Vec4b>(3, 3) == cv::Vec4b(200, 80, 40, 128));
}

TEST_CASE("pictures are turned upright by all eight EXIF orientations") {
    const TemporaryFolder folder;
    const Bytes png = encoded(".png", picture());
    // Where the red corner (2, 1) of the stored 12 x 8 picture is seen (EXIF 2.3, tag 0x0112).
    const std::array<cv::Point, 9> red{cv::Point(), {2, 1}, {9, 1}, {9, 6}, {2, 6},
                                       {1, 2},      {6, 2}, {6, 9}, {1, 9}};
    for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(int{orientation});
        write(folder / "turned.png", with_orientation(png, orientation));
        const auto garment = load_garment(folder / "turned.png");
        CHECK(garment->rgba.size() == (orientation < 5 ? cv::Size(12, 8) : cv::Size(8, 12)));
        CHECK(garment->rgba.at<cv::Vec4b>(red[orientation]) == cv::Vec4b(255, 0, 0, 255));
    }
}

TEST_CASE("pictures without transparency are taken for photos and refused where they are none") {
    const TemporaryFolder folder;
    cv::Mat bgr, gray;
    cv::cvtColor(picture(), bgr, cv::COLOR_BGRA2BGR);
    cv::cvtColor(picture(), gray, cv::COLOR_BGRA2GRAY);
    cv::Mat gray16;
    gray.convertTo(gray16, CV_16U, 257);
    for (const auto& [name, image] : {std::pair{"photo.jpg", bgr},
                                      {"gray.jpg", gray},
                                      {"photo.png", bgr},
                                      {"gray.png", gray},
                                      {"deep.png", gray16},
                                      {"photo.webp", bgr},
                                      {"photo.tiff", bgr}}) {
        CAPTURE(name);
        const fs::path path = folder / name;
        write(path, encoded(path.extension().string(), image));
        CHECK_THROWS_WITH_AS(load_garment(path),
                             doctest::Contains("too small to find a garment in"), ConfigError);
    }
}

TEST_CASE("an opaque or an invisible garment is one too and the former is warned about") {
    const TemporaryFolder folder;
    std::string warned;
    log::set_sink([&](log::Level, std::string_view text) { warned += text; });
    write(folder / "one.png", encoded(".png", cv::Mat(1, 1, CV_8UC4, cv::Scalar(1, 2, 3, 255))));
    const auto one = load_garment(folder / "one.png");
    CHECK(one->rgba.size() == cv::Size(1, 1));
    CHECK(one->anchors.at("left_shoulder").x - one->anchors.at("right_shoulder").x == 1.0F);
    CHECK(warned.find("opaque") != std::string::npos);

    warned.clear();
    write(folder / "clear.png", encoded(".png", cv::Mat(30, 40, CV_8UC4, cv::Scalar::all(0))));
    const auto clear = load_garment(folder / "clear.png");
    CHECK(clear->anchors.at("left_shoulder").x - clear->anchors.at("right_shoulder").x == 40.0F);
    CHECK(warned.empty());
    log::set_sink({});
}

TEST_CASE("very wide garments are shrunk with their anchors") {
    const TemporaryFolder folder;
    cv::Mat wide(20, 20000, CV_8UC4, cv::Scalar(10, 20, 30, 255));
    wide.col(0).setTo(cv::Scalar::all(0));
    write(folder / "wide.png", encoded(".png", wide));
    write(folder / "wide.json",
          R"({"anchors": {"left_shoulder": [19999, 0], "right_shoulder": [0, 0]}})");
    const auto garment = load_garment(folder / "wide.png");
    CHECK(garment->rgba.size() == cv::Size(2048, 2));
    CHECK(garment->anchors.at("left_shoulder").x == doctest::Approx(2047.45).epsilon(0.0001));
    CHECK(garment->rgba.at<cv::Vec4b>(1, 1000) == cv::Vec4b(30, 20, 10, 255));
}

TEST_CASE("headers that promise too much are refused before anything is decoded") {
    const TemporaryFolder folder;
    Bytes png = encoded(".png", picture());
    for (const std::size_t at : {16U, 20U}) {  // width and height: two billion each
        png[at] = 0x7f;
    }
    write(folder / "bomb.png", png);
    CHECK_THROWS_WITH_AS(load_garment(folder / "bomb.png"), doctest::Contains("shrink it"),
                         MediaError);
    Bytes tiff = encoded(".tiff", picture());
    const auto header = read_picture_header(tiff);
    REQUIRE(header.has_value());
    CHECK(header->width == 12);
    CHECK(header->height == 8);
}

TEST_CASE("missing and empty and foreign and damaged files are answered in one sentence") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(load_garment(folder / "none.png"), doctest::Contains("no such file"),
                         MediaError);
    CHECK_THROWS_WITH_AS(load_garment(folder / "."), doctest::Contains("not a file"), MediaError);
    write(folder / "empty.png", Bytes{});
    CHECK_THROWS_AS(load_garment(folder / "empty.png"), MediaError);
    write(folder / "text.png", std::string("hello, this is not a picture"));
    CHECK_THROWS_WITH_AS(load_garment(folder / "text.png"), doctest::Contains("not a PNG"),
                         MediaError);
    for (const char* ending : {".png", ".webp", ".tiff"}) {
        CAPTURE(ending);
        const Bytes whole = encoded(ending, picture());
        for (const double share : {0.1, 0.3, 0.5, 0.7}) {
            const fs::path path = folder / ("cut" + std::string(ending));
            const auto length =
                static_cast<std::ptrdiff_t>(share * static_cast<double>(whole.size()));
            write(path, Bytes(whole.begin(), whole.begin() + length));
            CHECK_THROWS_AS(load_garment(path), MediaError);
        }
    }
}

TEST_CASE("damaged bytes anywhere neither crash nor hang the reader") {
    const TemporaryFolder folder;
    log::set_sink({});
    for (const char* ending : {".png", ".webp", ".tiff"}) {
        const Bytes whole = encoded(ending, picture());
        for (std::size_t i = 0; i < whole.size(); i += 1 + whole.size() / 150) {
            for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{0xff}}) {
                Bytes bytes = whole;
                bytes[i] = value;
                const fs::path path = folder / ("damaged" + std::string(ending));
                write(path, bytes);
                try {
                    load_garment(path);
                } catch (const Error&) {
                }
            }
        }
    }
}

TEST_CASE("anchors and kind come from the JSON file beside the picture") {
    const TemporaryFolder folder;
    write(folder / "shirt.png", encoded(".png", picture()));
    write(folder / "shirt.json", R"({"kind": "long", "anchors": {
        "left_shoulder": [9, 2.5], "right_shoulder": [2, 2.5], "collar": [5.5, 3]}})");
    const auto garment = load_garment(folder / "shirt.png");
    // A kind of before there were kinds.
    CHECK(garment->kind == GarmentKind::kTop);
    CHECK(garment->sleeves == Sleeves::kLong);
    CHECK(garment->anchors.at("left_shoulder") == cv::Point2f(9, 2.5F));
    CHECK(garment->anchors.at("collar") == cv::Point2f(5.5F, 3));
    write(folder / "shirt.json", std::string(R"({"kind": "sleeveless"})"));
    CHECK(load_garment(folder / "shirt.png")->anchors.contains("left_shoulder"));
}

TEST_CASE("a JSON file says kind, sleeves and open front, and anchors below the waist") {
    const TemporaryFolder folder;
    write(folder / "coat.png", encoded(".png", picture()));
    write(folder / "coat.json", std::string(R"({"kind": "outerwear", "sleeves": "short",
                                                "open_front": true})"));
    const auto coat = load_garment(folder / "coat.png");
    CHECK(coat->kind == GarmentKind::kOuterwear);
    CHECK(coat->sleeves == Sleeves::kShort);
    CHECK(coat->open_front);

    write(folder / "coat.json", std::string(R"({"kind": "trousers", "anchors": {
        "left_waist": [9, 0], "right_waist": [2, 0], "left_hip": [10, 1], "right_hip": [1, 1],
        "crotch": [5, 2], "left_knee_outer": [10, 4], "left_knee_inner": [6, 4],
        "right_knee_outer": [1, 4], "right_knee_inner": [4, 4], "left_leg_outer": [10, 7],
        "left_leg_inner": [6, 7], "right_leg_outer": [1, 7], "right_leg_inner": [4, 7]}})"));
    const auto trousers = load_garment(folder / "coat.png");
    CHECK(trousers->kind == GarmentKind::kTrousers);
    CHECK(trousers->anchors.size() == 13);
    CHECK(trousers->anchors.at("crotch") == cv::Point2f(5, 2));
    // What is written is read again as it was.
    const auto [kind, sleeves] = std::pair{trousers->kind, trousers->anchors};
    write(folder / "coat.json", anchors_text(*trousers));
    const auto again = load_garment(folder / "coat.png");
    CHECK(again->kind == kind);
    CHECK(again->anchors == sleeves);
}

TEST_CASE("JSON files that break a rule are refused with the reason") {
    const TemporaryFolder folder;
    write(folder / "shirt.png", encoded(".png", picture()));
    for (const auto& [text, reason] :
         {std::pair{"", "not a JSON object"},
          {"[1, 2]", "not a JSON object"},
          {"{\"kind\": ", "not a JSON object"},
          {R"({"color": "red"})", "unknown key 'color'"},
          {R"({"kind": "tie"})", "top, outerwear, trousers, shorts, skirt, dress or jumpsuit"},
          {R"({"sleeves": "tie"})", "sleeveless, short or long"},
          {R"({"open_front": 1})", "true or false"},
          {R"({"anchors": {"crotch": [5, 2], "left_leg_inner": [6, 1],
                           "right_leg_inner": [4, 7]}})",
           "crotch below left_leg_inner"},
          {R"({"anchors": {"left_waist": [9, 3], "right_waist": [2, 3], "left_hip": [9, 2],
                           "right_hip": [2, 4]}})",
           "left_waist below left_hip"},
          {R"({"anchors": {"left_knee_outer": [6, 3], "right_knee_outer": [1, 3],
                           "left_knee_inner": [9, 3], "right_knee_inner": [4, 3]}})",
           "left_knee_outer farther in than left_knee_inner"},
          {R"({"kind": 3})", "unknown kind"},
          {R"({"anchors": 5})", "must give its anchors"},
          {R"({"anchors": {"elbow": [1, 2]}})", "unknown anchor 'elbow'"},
          {R"({"anchors": {"collar": [1]}})", "as [x, y]"},
          {R"({"anchors": {"collar": ["1", 2]}})", "as [x, y]"},
          {R"({"anchors": {"collar": [1, 1e999]}})", ""},
          {R"({"anchors": {"collar": [12, 2]}})", "outside the picture of 12x8"},
          {R"({"anchors": {"collar": [3, -0.5]}})", "outside the picture"},
          {R"({"anchors": {"left_shoulder": [3, 2]}})", "one shoulder only"},
          {R"({"anchors": {"left_shoulder": [3, 2], "right_shoulder": [3, 2.5]}})",
           "on the same pixel"},
          {R"({"anchors": {"left_cuff_outer": [9, 2]}})", "one cuff_outer only"},
          {R"({"anchors": {"right_neck": [2, 2]}})", "give left_neck and right_neck"},
          {R"({"anchors": {"left_hem": [2, 6], "right_hem": [9, 6]}})",
           "left_hem left of right_hem"},
          {R"({"anchors": {"left_armpit": [9, 6], "right_armpit": [2, 4],
                           "left_hem": [9, 5], "right_hem": [2, 7]}})",
           "left_armpit below left_hem"}}) {
        CAPTURE(text);
        write(folder / "shirt.json", std::string(text));
        CHECK_THROWS_WITH_AS(load_garment(folder / "shirt.png"), doctest::Contains(reason),
                             ConfigError);
    }
    write(folder / "shirt.json", std::string(100'000, ' '));
    CHECK_THROWS_AS(load_garment(folder / "shirt.png"), ConfigError);
}

TEST_CASE("the sample garment loads with all its anchors") {
    const auto garment =
        load_garment(test::source_folder() / "configs" / "garments" / "tshirt.png");
    CHECK(garment->kind == GarmentKind::kTop);
    // No elbows: its sleeves are short.
    CHECK(garment->anchors.size() == 15);
    for (const auto& [name, point] : garment->anchors) {
        const bool left = name.starts_with("left");
        if (name != "collar") {
            CHECK((point.x > static_cast<float>(garment->rgba.cols) / 2) == left);
        }
    }
}

TEST_CASE("the sample product photos are cut out of their ground") {
    const auto folder = test::source_folder() / "configs" / "garments";
    const auto top = load_garment(folder / "longsleeve.jpg");
    CHECK(top->sleeves == Sleeves::kLong);
    for (const char* name : {"longsleeve.jpg", "trousers.jpg", "skirt.jpg", "dress.jpg"}) {
        CAPTURE(name);
        const auto garment = load_garment(folder / name);
        cv::Mat alpha;
        cv::extractChannel(garment->rgba, alpha, 3);
        const double covered = cv::mean(alpha)[0] / 255;
        // The photos leave a margin, and no garment is mistaken for ground in large parts.
        CHECK(covered > 0.3);
        CHECK(covered < 0.85);
        CHECK(alpha.at<uchar>(2, 2) == 0);
        CHECK(alpha.at<uchar>(alpha.rows / 4, alpha.cols / 2) == 255);
    }
}

}  // namespace
