// A garment is found in a folder, and what was seen of its pictures is kept.
#include "fit/wardrobe.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "fit/garment_options.h"
#include "support/environment.h"
#include "support/log_capture.h"
#include "support/small_clip.h"
#include "support/temporary_folder.h"

using namespace closet;
namespace fs = std::filesystem;

namespace {

/// A folder of three pictures of one color each, and a small network elsewhere.
class SmallWardrobe {
  public:
    SmallWardrobe() {
        fs::create_directory(folder());
        paint("blue.png", {200, 20, 20});
        paint("green.png", {20, 200, 20});
        paint("red.png", {20, 20, 200});
    }
    void paint(const std::string& name, const cv::Scalar& bgr) const {
        cv::imwrite((folder() / name).string(), cv::Mat(48, 40, CV_8UC3, bgr));
    }
    fs::path folder() const { return base_.path() / "my clothes"; }
    fs::path cache() const { return base_.path() / ".my clothes.clip.safetensors"; }
    fs::path base() const { return base_.path(); }

    WardrobeSearch search(const GarmentQuery& query) const {
        return search_wardrobe(folder(), query, clip);
    }

  private:
    test::TemporaryFolder base_, models_;

  public:
    const std::string network = test::write_small_clip(models_);
    const ClipEmbedder clip{network, {}};
};

std::vector<std::string> names_of(const WardrobeSearch& found) {
    std::vector<std::string> names;
    for (const GarmentMatch& match : found.matches) {
        names.push_back(match.file.filename().string());
    }
    return names;
}

}  // namespace

TEST_CASE("wardrobe: a picture finds its like and words give every picture a score") {
    const SmallWardrobe wardrobe;
    for (const char* const name : {"blue.png", "green.png", "red.png"}) {
        const auto found = wardrobe.search({"", wardrobe.folder() / name});
        REQUIRE(found.matches.size() == 3);
        CHECK(found.matches[0].file == wardrobe.folder() / name);
        CHECK(found.matches[0].score == doctest::Approx(1));
        CHECK(found.matches[1].score < 0.9999F);
        CHECK(found.matches[1].score >= found.matches[2].score);
    }
    const auto by_text = wardrobe.search({"red dress", {}});
    const auto names = names_of(by_text);
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == 3);
    // With both, the mean.
    const fs::path like = wardrobe.folder() / "green.png";
    const auto by_picture = wardrobe.search({"", like});
    const auto by_both = wardrobe.search({"red dress", like});
    const auto score_of = [](const WardrobeSearch& found, const std::string& name) {
        for (const GarmentMatch& match : found.matches) {
            if (match.file.filename() == name) {
                return match.score;
            }
        }
        return -2.0F;
    };
    for (const std::string& name : names) {
        CHECK(score_of(by_both, name) ==
              doctest::Approx((score_of(by_text, name) + score_of(by_picture, name)) / 2));
    }
}

TEST_CASE(
    "wardrobe: what was seen is kept beside the folder until a picture or the network changes") {
    const SmallWardrobe wardrobe;
    const GarmentQuery query{"red dress", {}};
    const auto first = wardrobe.search(query);
    CHECK(first.looked_at == 3);
    CHECK(first.cache == wardrobe.cache());
    const auto second = wardrobe.search(query);
    CHECK(second.looked_at == 0);
    CHECK(names_of(second) == names_of(first));
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(second.matches[i].score == first.matches[i].score);
    }
    // Another picture under the same name, and one that is new.
    wardrobe.paint("red.png", {1, 2, 3});
    fs::last_write_time(wardrobe.folder() / "red.png",
                        fs::file_time_type::clock::now() + std::chrono::hours(1));
    wardrobe.paint("white.png", {255, 255, 255});
    CHECK(wardrobe.search(query).looked_at == 2);
    CHECK(wardrobe.search(query).looked_at == 0);
    // One that is gone is no match any more.
    fs::remove(wardrobe.folder() / "blue.png");
    const auto fewer = wardrobe.search(query);
    CHECK(fewer.looked_at == 0);
    CHECK(fewer.matches.size() == 3);
    // Another network.
    fs::last_write_time(wardrobe.network, fs::file_time_type::clock::now() + std::chrono::hours(1));
    CHECK(search_wardrobe(wardrobe.folder(), query, ClipEmbedder(wardrobe.network, {})).looked_at ==
          3);
    // Damage.
    std::ofstream(wardrobe.cache()) << "no embeddings";
    CHECK(wardrobe.search(query).looked_at == 3);
    CHECK(wardrobe.search(query).looked_at == 0);
}

TEST_CASE("wardrobe: what cannot be kept beside the folder is kept in the cache folder") {
    const SmallWardrobe wardrobe;
    fs::create_directories(wardrobe.cache() / "in the way");
    const test::TemporaryFolder caches;
    {
        const test::Variable variable("XDG_CACHE_HOME", caches.path().string());
        const auto first = wardrobe.search({"red dress", {}});
        CHECK(first.looked_at == 3);
        CHECK(first.cache.parent_path() == caches.path() / "closet" / "wardrobes");
        CHECK(wardrobe.search({"red dress", {}}).looked_at == 0);
    }
    const test::Variable nowhere("XDG_CACHE_HOME", "/dev/null");
    const test::LogCapture log;
    const auto found = wardrobe.search({"red dress", {}});
    CHECK(found.looked_at == 3);
    CHECK(found.cache.empty());
    CHECK(log.count("is not kept for the next search") == 1);
}

TEST_CASE("wardrobe: what cannot be searched is one sentence") {
    const SmallWardrobe wardrobe;
    const fs::path empty = wardrobe.base() / "empty";
    fs::create_directory(empty);
    const auto refused = [&](const fs::path& folder, const GarmentQuery& query, const char* why) {
        CAPTURE(why);
        CHECK_THROWS_WITH_AS(search_wardrobe(folder, query, wardrobe.clip), doctest::Contains(why),
                             ConfigError);
    };
    refused(wardrobe.folder(), {" ", {}}, "no words");
    refused(wardrobe.base() / "none", {"x", {}}, "it is no folder");
    refused(wardrobe.folder() / "red.png", {"x", {}}, "it is no folder");
    refused(empty, {"x", {}}, "holds no garment");
    std::ofstream(empty / "broken.png") << "no picture";
    {
        const test::LogCapture log;
        refused(empty, {"x", {}}, "no picture that can be read");
        CHECK(log.count("it is left out") == 1);
    }
    CHECK_THROWS_AS(wardrobe.search({"", wardrobe.base() / "none.png"}), MediaError);
    // Some that can be read are enough, and an interrupt ends the search.
    std::ofstream(wardrobe.folder() / "broken.png") << "no picture";
    const test::LogCapture log;
    CHECK(wardrobe.search({"x", {}}).matches.size() == 3);
    fs::remove(wardrobe.cache());
    const auto interrupted = search_wardrobe(wardrobe.folder(), {"x", {}}, wardrobe.clip,
                                             [](std::size_t, std::size_t) { return false; });
    CHECK(interrupted.interrupted);
    CHECK(interrupted.matches.empty());
}

TEST_CASE("wardrobe: FOLDER and words on the command line become the file that fits best") {
    const SmallWardrobe wardrobe;
    const auto best = [&](const std::string& words) {
        return wardrobe.search({words, {}}).matches.front().file.string();
    };
    const std::string folder = wardrobe.folder().string();
    const std::string file = folder + "/red.png";
    const std::string odd = (wardrobe.base() / "a:b.png").string();
    std::ofstream(odd) << "x";
    GarmentOptions options;
    options.clip = wardrobe.network;
    options.garments = {file, folder + "/:red dress: short", odd, "none:at all", folder,
                        // Joined: words go on over a "+" until the next garment.
                        file + "+" + folder + "/:blue + white+" + folder + "/:coat"};
    const std::vector<std::string> before = options.garments;
    const test::LogCapture log;
    choose_garments(options, {});
    for (const std::size_t i : {0U, 2U, 3U, 4U}) {
        CHECK(options.garments[i] == before[i]);
    }
    CHECK(options.garments[1] == best("red dress: short"));
    CHECK(options.garments[5] == file + "+" + best("blue + white") + "+" + best("coat"));
    CHECK(log.count("fits best") == 3);
    GarmentOptions wordless;
    wordless.clip = wardrobe.network;
    wordless.garments = {folder + "/:"};
    CHECK_THROWS_AS(choose_garments(wordless, {}), ConfigError);
    // Nothing is loaded where no words are given.
    GarmentOptions files;
    files.clip = "/none.pt";
    files.garments = {file};
    choose_garments(files, {});
}
