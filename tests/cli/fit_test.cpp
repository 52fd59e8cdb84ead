#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/shared_data.h"

using namespace closet::test;
using nlohmann::json;

namespace {

std::int64_t lines(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("fit: a clip with nobody in it passes through bit for bit with a warning") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 12);
    const Finished result = run_closet({"fit", clip, "-g", make_garment(folder, 255), "-o",
                                        folder / "out.mkv", "--vcodec", "ffv1"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("nobody to dress was found") != std::string::npos);
    CHECK(frame_hashes(folder / "out.mkv") == frame_hashes(clip));
    CHECK(packet_hash(folder / "out.mkv", "a:0") == packet_hash(clip, "a:0"));
    CHECK_FALSE(std::filesystem::exists(folder / "out.mkv.partial"));
}

TEST_CASE("fit: a person is dressed and everything else stays as it was") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string out = folder / "out.mkv";
    const Finished result = run_closet({"fit", *clip, "-g", make_garment(folder, 255), "-o", out,
                                        "--vcodec", "ffv1", "--summary", folder / "summary.json"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);

    const std::string before = frame_hashes(*clip), after = frame_hashes(out);
    CHECK(lines(after) == lines(before));
    CHECK(before != after);
    // The man stands in the middle: the outer columns hold no garment.
    CHECK(frame_hashes(out, "crop=40:640:0:0") == frame_hashes(*clip, "crop=40:640:0:0"));
    CHECK(frame_hashes(out, "crop=40:640:320:0") == frame_hashes(*clip, "crop=40:640:320:0"));
    CHECK(packet_hash(out, "a:0") == packet_hash(*clip, "a:0"));

    const json summary = json::parse(read_text(folder / "summary.json"));
    CHECK(summary.at("frames_in") == lines(before));
    CHECK(summary.at("frames_out") == lines(before));
    const json& poses = summary.at("poses");
    CHECK(poses.at("measured").get<int>() > 0);
    CHECK(poses.at("interpolated").get<int>() > 0);
    CHECK(poses.at("measured").get<int>() + poses.at("interpolated").get<int>() +
              poses.at("held").get<int>() + poses.at("missing").get<int>() ==
          lines(before));
    CHECK(summary.at("stages").size() == 6);
    CHECK(summary.at("bottleneck").get<std::string>().size() > 5);
}

TEST_CASE("fit: an invisible garment changes no pixel") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const Finished result = run_closet({"fit", *clip, "-g", make_garment(folder, 0), "-o",
                                        folder / "out.mkv", "--vcodec", "ffv1"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(frame_hashes(folder / "out.mkv") == frame_hashes(*clip));
}

TEST_CASE("fit: serial and threaded runs write the same frames") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255);
    for (const char* batch : {"1", "3"}) {
        const auto render = [&](const std::string& name, std::vector<std::string> more) {
            std::vector<std::string> arguments{"fit",     *clip,         "-g",         garment,
                                               "-o",      folder / name, "--vcodec",   "ffv1",
                                               "--batch", batch,         "--skeleton", "-y"};
            arguments.insert(arguments.end(), more.begin(), more.end());
            const Finished result = run_closet(arguments);
            INFO(result.err);
            REQUIRE(result.exit_code == 0);
            return frame_hashes(folder / name);
        };
        CHECK(render("serial.mkv", {"--serial"}) == render("threads.mkv", {"--queue", "1"}));
    }
}

TEST_CASE("fit: a still picture is a clip of one frame") {
    const auto person = shared_file("media/people/person_00055.jpg");
    if (!person) {
        return;
    }
    const TemporaryFolder folder;
    const Finished result = run_closet(
        {"fit", person->string(), "-g", make_garment(folder, 255), "-o", folder / "out.png"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(lines(frame_hashes(folder / "out.png")) == 1);
    // Compared as the encoder stored it: the background's corner is the decoded picture's.
    const std::string corner = "format=rgb24,crop=64:64:0:960";
    CHECK(frame_hashes(folder / "out.png", corner) != "");
    CHECK(frame_hashes(folder / "out.png") != frame_hashes(person->string(), "format=rgb24"));
}

TEST_CASE("fit: start and end cut the clip to the frames between them") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 50);
    const Finished result =
        run_closet({"fit", clip, "-g", make_garment(folder, 255), "-o", folder / "out.mkv",
                    "--vcodec", "ffv1", "--start", "0.4", "--end", "1.2"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const std::string all = frame_hashes(clip);
    const std::string cut = frame_hashes(folder / "out.mkv");
    CHECK(lines(cut) == 20);
    CHECK(all.find(cut) != std::string::npos);
}

TEST_CASE("fit: JSON events on stderr are one object a line") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 5);
    const Finished result =
        run_closet({"fit", clip, "-g", make_garment(folder, 255), "--encoder", "none", "--json"});
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    std::istringstream events(result.err);
    bool done = false;
    for (std::string line; std::getline(events, line);) {
        const json event = json::parse(line);
        done = done || (event.at("event") == "done" && event.at("frames_out") == 5);
    }
    CHECK(done);
}

TEST_CASE("fit: quiet prints nothing when all goes well") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 5);
    const Finished result =
        run_closet({"fit", clip, "-g", make_garment(folder, 255), "-o", folder / "o.mp4", "-q"});
    CHECK(result.exit_code == 0);
    CHECK(result.out + result.err == "");
}

TEST_CASE("doctor and version tell what this machine has") {
    const Finished doctor = run_closet({"doctor"});
    CHECK(doctor.exit_code == 0);
    CHECK(doctor.out.find("blazepose-full") != std::string::npos);
    CHECK(doctor.out.find("libx264") != std::string::npos);
    CHECK(doctor.out.find("closet models fetch") != std::string::npos);
    CHECK(fits_a_screen(doctor.out));
    const Finished long_form = run_closet({"doctor", "--verbose"});
    CHECK(long_form.out.find("pose_landmark_full.tflite") != std::string::npos);
    CHECK(long_form.out.find("libavcodec") != std::string::npos);
    CHECK(run_closet({"--verbose", "doctor"}).out == long_form.out);
    const Finished version = run_closet({"--version"});
    CHECK(version.exit_code == 0);
    CHECK(version.out.find("LibTorch") != std::string::npos);
    CHECK(run_closet({"fit", "--help"}).out.find("--interval") != std::string::npos);
}
