#include "models/store/model_store.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>

#include "core/error.h"
#include "models/store/store_fixture.h"
#include "support/environment.h"

using namespace closet;
using test::Variable;
namespace fs = std::filesystem;

TEST_SUITE("model store") {
    TEST_CASE("the program's own manifest knows BlazePose and RTMPose and RTMDet") {
        const test::TemporaryFolder folder;
        const Variable models("CLOSET_MODELS", folder.path().string());
        const ModelStore store;
        CHECK_NOTHROW(store.model("rtmpose-s"));
        CHECK_NOTHROW(store.model("rtmdet-nano"));
        CHECK(store.model("pose_landmark_full").size == 6440512);
        CHECK(store.model("pose_landmark_full").setup);
        CHECK(store.model("pose_detection").sha256 ==
              "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c");
        for (const ModelEntry& entry : store.models()) {
            CAPTURE(entry.name);
            CHECK((entry.is_by_hand() ? entry.page : entry.url).starts_with("https://"));
            CHECK_FALSE(entry.license.empty());
            CHECK_FALSE(entry.input.empty());
            CHECK_FALSE(entry.purpose.empty());
            for (const std::string& need : entry.needs) {
                CHECK(store.model(need).name == need);
            }
            // OpenMMLab's file names carry the beginning of the hash where it is all we know.
            if (entry.sha256.size() < 64 && !entry.is_by_hand()) {
                // OpenMMLab puts a date behind them, torchvision nothing.
                CHECK((entry.file.find("-" + entry.sha256 + "_") != std::string::npos ||
                       entry.file.find("-" + entry.sha256 + ".") != std::string::npos));
            }
        }
        CHECK_THROWS_WITH_AS(store.model("pose"), doctest::Contains("pose_landmark_lite"),
                             ConfigError);
    }

    TEST_CASE("a warp's name brings all that the warp needs") {
        const test::TemporaryFolder folder;
        const Variable models("CLOSET_MODELS", folder.path().string());
        const ModelStore store;
        using Names = std::vector<std::string>;
        CHECK(store.group("gmm") ==
              Names{"pose_landmark_full", "skin-clothes-hair", "bodypix", "cp-vton-gmm"});
        CHECK(store.group("cp-vton") == Names{"pose_landmark_full", "skin-clothes-hair", "bodypix",
                                              "cp-vton-gmm", "cp-vton-tom"});
        CHECK(store.group("viton-hd") == Names{"pose_landmark_full", "skin-clothes-hair", "bodypix",
                                               "viton-hd-seg", "viton-hd-gmm", "viton-hd-alias"});
    }

    TEST_CASE("the folder follows the environment") {
        {
            const Variable models("CLOSET_MODELS", "/somewhere/models");
            CHECK(models_folder() == "/somewhere/models");
        }
        const Variable models("CLOSET_MODELS", std::nullopt);
        const Variable home("HOME", "/home/somebody");
        {
            const Variable cache("XDG_CACHE_HOME", "/cache");
            CHECK(models_folder() == "/cache/closet/models");
        }
        const Variable cache("XDG_CACHE_HOME", "");
        CHECK(models_folder() == "/home/somebody/.cache/closet/models");
        const Variable nobody("HOME", std::nullopt);
        CHECK_THROWS_WITH_AS(models_folder(), doctest::Contains("CLOSET_MODELS"), ConfigError);
    }

    TEST_CASE("an absent or wrong file is refused with the remedy") {
        const test::TemporaryFolder folder;
        const Variable models("CLOSET_MODELS", folder.path().string());
        CHECK_THROWS_WITH_AS(
            find_model("pose_detection"),
            doctest::Contains("run `closet models fetch pose_detection pose_landmark_full`"),
            ModelError);
        CHECK_THROWS_WITH_AS(
            find_model("pose_landmark_lite"),
            doctest::Contains("f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"),
            ModelError);
        CHECK_THROWS_WITH_AS(
            find_model("rtmpose-s"),
            doctest::Contains("run `closet models fetch rtmpose-s`, or get https://"), ModelError);
        test::write_file(folder / "pose_detection.tflite", "short");
        CHECK_THROWS_WITH_AS(find_model("pose_detection"), doctest::Contains("has 5 bytes"),
                             ModelError);
        fs::resize_file(folder / "pose_detection.tflite", 2959046);
        CHECK_THROWS_WITH_AS(find_model("pose_detection"), doctest::Contains("has the sha256"),
                             ModelError);
    }

    TEST_CASE("a file is found by its whole hash and by the beginning of it") {
        test::StoreFixture fixture;
        test::write_file(fixture.folder / "tiny.tflite", "abc");
        CHECK(fixture.store().find("tiny") == fixture.folder / "tiny.tflite");
        fixture.entries[0].sha256.resize(8);
        fixture.entries[0].size = 0;
        CHECK(fixture.store().find("tiny") == fixture.folder / "tiny.tflite");
        fixture.entries[0].sha256 = "00000000";
        CHECK_THROWS_WITH_AS(fixture.store().find("tiny"),
                             doctest::Contains("has a sha256 beginning with 00000000"), ModelError);
    }

    TEST_CASE("a manifest of the user adds and replaces entries") {
        const test::TemporaryFolder folder;
        const Variable models("CLOSET_MODELS", folder.path().string());
        const std::size_t published = ModelStore().models().size();
        const Variable manifest("CLOSET_MANIFEST", folder / "more.toml");
        CHECK_THROWS_WITH_AS(ModelStore(), doctest::Contains("cannot read the manifest"),
                             ModelError);
        test::write_file(folder / "more.toml",
                         "[[model]]\nname = 'house'\nfile = 'house.pth'\nsha256_prefix = "
                         "'ba7816bf'\n"
                         "[[model]]\nname = 'rtmpose-s'\nfile = 'finer.pth'\nurl = "
                         "'http://in.house/finer.pth'\nsha256_prefix = 'ba7816bf'\n");
        test::write_file(folder / "house.pth", "abc");
        CHECK(find_model("house") == folder / "house.pth");
        CHECK(ModelStore().model("rtmpose-s").url == "http://in.house/finer.pth");
        CHECK(ModelStore().models().size() == published + 1);
        test::write_file(folder / "more.toml",
                         "[[model]]\nname = 'x'\nfile = 'pose_detection.tflite'\nsha256_prefix = "
                         "'ba7816bf'\n");
        CHECK_THROWS_WITH_AS(ModelStore(), doctest::Contains("belongs to another model"),
                             ModelError);
    }
}
