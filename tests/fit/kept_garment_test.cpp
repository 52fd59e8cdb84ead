// What is cut out of a photo is kept, taken again, and made anew where anything is wrong with it.
#include "fit/kept_garment.h"

#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "fit/garment_photo.h"
#include "picture/picture_codec.h"
#include "support/environment.h"
#include "support/temporary_folder.h"
#include "warp/garment/photo/made_photos.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// A photo of a shirt on plain ground, and folders for cache and models of its own.
struct PhotoFixture {
    test::TemporaryFolder folder, models;
    test::Variable cache{"XDG_CACHE_HOME", folder / "cache"};
    test::Variable model_variable{"CLOSET_MODELS", models.path().string()};
    std::string photo = folder / "shirt.png";

    PhotoFixture() { write({30, 30, 200}); }
    void write(const cv::Scalar& color) const {
        const cv::Size size(300, 400);
        const cv::Mat picture = test::blend(
            test::plain(size, color), test::plain(size, {235, 235, 235}), test::shirt_mask(size));
        const auto bytes = encode_png(picture);
        std::ofstream(photo, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    std::shared_ptr<const Garment> load(bool cached = true, const std::string& cutter = "auto",
                                        std::optional<GarmentKind> kind = {}) const {
        return load_garment({.path = photo, .kind = kind}, cutter, {}, cached);
    }
    std::string key() const { return kept_garment_key({.path = photo, .kind = {}}, "auto", {}); }
    fs::path file() const {
        return fs::path(folder / "cache/closet/garments") / (key() + ".garment");
    }
};

bool is_same(const Garment& a, const Garment& b) {
    return a.name == b.name && a.kind == b.kind && a.sleeves == b.sleeves &&
           a.open_front == b.open_front && a.anchors == b.anchors &&
           a.rgba.size() == b.rgba.size() && cv::norm(a.rgba, b.rgba, cv::NORM_INF) == 0;
}

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void replace(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("kept garment: the second load takes what the first one kept and it is the same") {
    const PhotoFixture fixture;
    CHECK(kept_garments().count == 0);
    const auto plain = fixture.load(false);
    CHECK(kept_garments().count == 0);
    const auto first = fixture.load();
    CHECK(kept_garments().count == 1);
    REQUIRE(find_kept_garment(fixture.key()));
    const auto second = fixture.load();
    CHECK(kept_garments().count == 1);
    CHECK(is_same(*plain, *first));
    CHECK(is_same(*first, *second));
    CHECK(second->name == "shirt");
}

TEST_CASE(
    "kept garment: the key changes with the photo and what is asked and which models are there") {
    const PhotoFixture fixture;
    const std::string key = fixture.key();
    CHECK(key.size() == 64);
    CHECK(fixture.key() == key);
    CHECK(kept_garment_key({.path = fixture.photo, .kind = {}}, "plain", {}) != key);
    CHECK(kept_garment_key({.path = fixture.photo, .kind = GarmentKind::kDress}, "auto", {}) !=
          key);
    InferOptions other;
    other.parser = "none";
    CHECK(kept_garment_key({.path = fixture.photo, .kind = {}}, "auto", other) != key);
    replace(fs::path(fixture.models / "isnet.onnx"), "another model");
    CHECK(fixture.key() != key);
    fs::remove(fixture.models / "isnet.onnx");
    CHECK(fixture.key() == key);
    fixture.write({200, 30, 30});
    CHECK(fixture.key() != key);
}

TEST_CASE("kept garment: files that are damaged or hostile are not used and made anew") {
    const PhotoFixture fixture;
    const auto first = fixture.load();
    const std::string good = content(fixture.file());
    const auto with = [&](const std::string& what, const std::string& by) {
        std::string text = good;
        const auto at = text.find(what);
        REQUIRE(at != std::string::npos);
        text.replace(at, what.size(), by);
        return text;
    };
    std::string flipped = good;
    flipped[flipped.size() - 7] = static_cast<char>(flipped[flipped.size() - 7] ^ 1);
    std::string huge = good;
    huge.replace(16, 8, "\xff\xff\xff\xff\xff\xff\xff\x7f");
    const std::string bad[] = {
        "", good.substr(0, 10), good.substr(0, 20), good.substr(0, 60),
        good.substr(0, good.size() - 1), good + "x", flipped, huge,
        // Of the same length, so that only what they say is wrong.
        with("\"height\":", "\"heighX\":"), with("\"width\":3", "\"width\":-"),
        with("\"width\":", "\"width\" :"), with("\"kind\":\"top\"", "\"kind\":\"hat\""),
        with("\"left_shoulder\"", "\"left_shoulde_\""), with("\"warnings\":[", "\"warnings\":{")};
    for (const std::string& text : bad) {
        CAPTURE(text.substr(0, 400));
        replace(fixture.file(), text);
        CHECK_FALSE(find_kept_garment(fixture.key()));
        CHECK(is_same(*fixture.load(), *first));
        CHECK(content(fixture.file()) == good);
    }
    // A link to elsewhere gives way and its target stays.
    replace(fs::path(fixture.folder / "elsewhere"), "mine");
    fs::remove(fixture.file());
    fs::create_symlink(fixture.folder / "elsewhere", fixture.file());
    fixture.load();
    CHECK(content(fixture.folder / "elsewhere") == "mine");
}

TEST_CASE(
    "kept garment: no more than the last ones stay and a folder that takes none is no failure") {
    const PhotoFixture fixture;
    Prepared prepared;
    prepared.garment = *fixture.load();
    prepared.from_photo = true;
    for (std::size_t i = 0; i < kMostKeptGarments + 3; ++i) {
        keep_garment("made" + std::to_string(i), prepared);
    }
    CHECK(kept_garments().count == kMostKeptGarments);
    CHECK(find_kept_garment("made" + std::to_string(kMostKeptGarments + 2)));
    fs::remove_all(fixture.folder / "cache/closet/garments");
    replace(fixture.folder / "cache/closet/garments", "a file");
    CHECK(is_same(*fixture.load(), prepared.garment));
}

}  // namespace
}  // namespace closet
