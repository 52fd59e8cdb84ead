// closet garment find, and -g FOLDER/:WORDS. The network is a small one of formula weights: what it
// finds alike means nothing, but a picture is most like itself.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/shared_data.h"
#include "support/small_clip.h"
#include "support/temporary_folder.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

/// Three product photos in a folder and a network elsewhere.
struct FindFixture {
    TemporaryFolder base, models;
    std::string network = write_small_clip(models);
    std::string folder = base / "wardrobe";

    FindFixture() {
        fs::create_directory(folder);
        for (const std::string color : {"blue", "green", "red"}) {
            ffmpeg({"-f", "lavfi", "-i",
                    "color=0xf6f6f6:s=300x400,drawbox=95:75:110:260:" + color +
                        ":fill,drawbox=50:80:200:75:" + color + ":fill",
                    "-frames:v", "1", folder + "/" + color + ".png"});
        }
    }
    Finished find(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"garment", "find", folder});
        arguments.insert(arguments.end(), {"--clip-model", network, "--device", "cpu"});
        return run_closet(arguments);
    }
};

}  // namespace

TEST_CASE("garment find prints the best garments and their scores") {
    const FindFixture fixture;
    const Finished by_picture = fixture.find({"--like", fixture.folder + "/green.png", "-n", "2"});
    CAPTURE(by_picture.err);
    REQUIRE(by_picture.exit_code == 0);
    CHECK(
        by_picture.out.starts_with(" score  garment\n 1.000  " + fixture.folder + "/green.png\n"));
    CHECK(std::count(by_picture.out.begin(), by_picture.out.end(), '\n') == 3);
    CHECK(fs::exists(fixture.base / ".wardrobe.clip.safetensors"));

    const Finished by_words = fixture.find({"--text", "blue denim jacket", "--json"});
    CAPTURE(by_words.err);
    REQUIRE(by_words.exit_code == 0);
    const auto report = nlohmann::json::parse(by_words.out);
    CHECK(report["text"] == "blue denim jacket");
    CHECK(report["pictures"] == 3);
    CHECK(report["looked_at"] == 0);  // kept by the first search
    REQUIRE(report["garments"].size() == 3);
    CHECK(report["garments"][0]["score"] >= report["garments"][1]["score"]);
    CHECK(report["garments"][1]["score"] >= report["garments"][2]["score"]);
}

TEST_CASE("garment find reads a published archive and a picture needs no vocabulary") {
    const auto published = shared_file("fixtures/zoo-pose-face/clip_micro_published_jit.pt");
    if (!published) {
        return;
    }
    FindFixture fixture;
    fixture.network = fixture.models / "micro.pt";  // away from the vocabulary beside it
    fs::copy_file(*published, fixture.network);
    fs::remove(fixture.models / "bpe_simple_vocab_16e6.txt.gz");
    const Finished found = fixture.find({"--like", fixture.folder + "/red.png", "-n", "1"});
    CAPTURE(found.err);
    CHECK(found.exit_code == 0);
    CHECK(holds(found.out, "1.000  " + fixture.folder + "/red.png"));
    const Variable nothing("CLOSET_MODELS", fixture.base / "models");
    check_refused(fixture.find({"--text", "red"}), 1, "closet models fetch clip-vocabulary");
}

TEST_CASE("garment find says in one sentence what it cannot do") {
    const FindFixture fixture;
    check_refused(fixture.find({}), 2, "give --text WORDS, --like PHOTO, or both");
    check_refused(fixture.find({"--like", fixture.folder + "/none.png"}), 1, "none.png");
    const std::string empty = fixture.base / "empty";
    fs::create_directory(empty);
    check_refused(
        run_closet({"garment", "find", empty, "--text", "x", "--clip-model", fixture.network}), 2,
        "holds no garment");
    check_refused(run_closet({"garment", "find", fixture.base / "none", "--text", "x",
                              "--clip-model", fixture.network}),
                  2, "it is no folder");
    const Variable nothing("CLOSET_MODELS", fixture.base / "models");
    check_refused(run_closet({"garment", "find", fixture.folder, "--text", "x"}), 1,
                  "closet models fetch clip");
}

TEST_CASE("-g FOLDER and words puts on the garment that fits best and says which") {
    const FindFixture fixture;
    const auto report = nlohmann::json::parse(fixture.find({"--text", "red dress", "--json"}).out);
    const auto best = report["garments"][0]["garment"].get<std::string>();
    const std::string clip = make_bars(fixture.base, "clip.mp4", 3);
    const Finished result =
        run_closet({"fit", clip, "-g", fixture.folder + "/:red dress", "--clip-model",
                    fixture.network, "-o", fixture.base / "out.mp4"});
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(holds(result.err, best + " fits best"));
    CHECK(fs::exists(fixture.base / "out.mp4"));
    check_refused(run_closet({"fit", clip, "-g", fixture.folder + "/:", "--clip-model",
                              fixture.network, "-o", fixture.base / "none.mp4"}),
                  2, "no words", fixture.base / "none.mp4");
}
