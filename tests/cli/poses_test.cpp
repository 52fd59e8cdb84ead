#include <doctest/doctest.h>

#include <filesystem>

#include "cli/cli_support.h"

using namespace closet::test;

TEST_CASE("poses: dressing from saved poses gives the frames and mattes that inference gave") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255), poses = folder / "poses.jsonl";
    const auto fit = [&](const std::string& name, std::vector<std::string> more) {
        // Hair in front and contact shadow need masks, the light the starts of scenes.
        const std::string matte = folder / ("matte_" + name);
        std::vector<std::string> arguments{"fit",         *clip,      "-g",   garment,   "-o",
                                           folder / name, "--vcodec", "ffv1", "--matte", matte};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return frame_hashes(folder / name) + frame_hashes(matte);
    };
    const std::string inferred = fit("first.mkv", {"--save-poses", poses});
    CHECK(read_text(poses).find("\"png\":\"") != std::string::npos);
    const std::string again = folder / "again.jsonl";
    CHECK(fit("again.mkv", {"--poses", poses, "--save-poses", again}) == inferred);
    CHECK(read_text(again) == read_text(poses));
    // The mask is what it takes: without it the picture is another one.
    CHECK(fit("bare.mkv", {"--poses", poses, "--shadow", "0", "--no-occlusion"}) != inferred);
}

TEST_CASE("poses: saved without a garment they serve as well as saved with one") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const auto saved = [&](std::vector<std::string> more) {
        const std::string poses = folder / "poses.jsonl";
        std::vector<std::string> arguments{"fit",  *clip,          "--encoder",
                                           "none", "--save-poses", poses};
        arguments.insert(arguments.end(), more.begin(), more.end());
        REQUIRE(run_closet(arguments).exit_code == 0);
        return read_text(poses);
    };
    CHECK(saved({}) == saved({"-g", make_garment(folder, 255)}));
    CHECK(saved({"--warp", "affine"}).find("mask") == std::string::npos);
}

TEST_CASE("poses: a file of another clip is refused") {
    const TemporaryFolder folder;
    const std::string garment = make_garment(folder, 255), poses = folder / "poses.jsonl";
    const std::string first = make_bars(folder, "first.mp4", 5);
    const std::string other = make_bars(folder, "other.mp4", 9, "320x240");
    REQUIRE(run_closet({"fit", first, "--save-poses", poses, "--encoder", "none"}).exit_code == 0);
    const Finished result =
        run_closet({"fit", other, "-g", garment, "-o", folder / "o.mp4", "--poses", poses});
    INFO(result.err);
    CHECK(result.exit_code != 0);
    CHECK(result.err.find("poses.jsonl") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "o.mp4"));
    write_text(poses, "{\"not\": \"poses\"}\n");
    CHECK(run_closet({"fit", first, "-g", garment, "-o", folder / "o.mp4", "--poses", poses})
              .exit_code != 0);
}
