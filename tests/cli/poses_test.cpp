#include <doctest/doctest.h>

#include <filesystem>

#include "cli/cli_support.h"

using namespace closet::test;

TEST_CASE("poses: dressing from saved poses gives the frames that inference gave") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255), poses = folder / "poses.jsonl";
    const auto fit = [&](const std::string& name, std::vector<std::string> more) {
        // A pose file keeps no masks, from which hair and shadow are painted.
        std::vector<std::string> arguments{"fit",           *clip,      "-g",   garment,    "-o",
                                           folder / name,   "--vcodec", "ffv1", "--shadow", "0",
                                           "--no-occlusion"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return frame_hashes(folder / name);
    };
    const std::string inferred = fit("first.mkv", {"--save-poses", poses});
    CHECK(std::filesystem::exists(poses));
    CHECK(fit("again.mkv", {"--poses", poses}) == inferred);
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
