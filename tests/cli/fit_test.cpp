#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/shared_data.h"

using namespace closet::test;
using nlohmann::json;

namespace {

std::int64_t lines(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

/// The bytes of each packet of the sound that a player lets hear. What an encoder puts before it
/// (priming) has no place in Matroska.
std::vector<std::string> sound_packets(const std::string& file) {
    const Finished result =
        run({"ffprobe", "-v", "error", "-select_streams", "a:0", "-show_data_hash", "md5",
             "-show_entries", "packet=flags,data_hash", "-of", "json", file});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    std::vector<std::string> hashes;
    for (const json& packet : json::parse(result.out).at("packets")) {
        if (packet.at("flags").get<std::string>().find('D') == std::string::npos) {
            hashes.push_back(packet.at("data_hash"));
        }
    }
    return hashes;
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
    CHECK(sound_packets(folder / "out.mkv") == sound_packets(clip));
    CHECK_FALSE(std::filesystem::exists(folder / "out.mkv.partial"));
}

TEST_CASE("fit: where memory is scarce frames wait in less of it, and come out the same") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    std::string frames[2];
    double peak[2];
    for (const bool scarce : {false, true}) {
        const std::string out = folder / (scarce ? "scarce.mkv" : "plain.mkv");
        const Finished result = run_closet(
            {"fit", *clip, "-g", make_garment(folder, 255), "-o", out, "--vcodec", "ffv1",
             "--memory", scarce ? "1" : "1000", "--summary", folder / "summary.json"});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        frames[scarce ? 1 : 0] = frame_hashes(out);
        peak[scarce ? 1 : 0] =
            json::parse(read_text(folder / "summary.json")).at("peak_frame_bytes").get<double>();
    }
    CHECK(frames[1] == frames[0]);
    CHECK(peak[1] < 0.75 * peak[0]);
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
    CHECK(sound_packets(out) == sound_packets(*clip));

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

TEST_CASE("fit: streams that are left out are told when quiet, in events and in the summary") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 5);
    const std::string flac = folder / "flac.mkv";
    ffmpeg({"-i", clip, "-c:v", "copy", "-c:a", "flac", flac});
    const auto fit = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{
            "fit", flac, "-g", make_garment(folder, 255), "-y", "-o", folder / "out.flv"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK(result.exit_code == 0);
        return result.err;
    };
    const std::string sentence = "stream 1 (audio) is left out";
    const std::string quiet = fit({"-q", "--summary", folder / "summary.json"});
    CHECK(quiet.find(sentence) != std::string::npos);
    CHECK(lines(quiet) == 1);
    const json lost = json::parse(read_text(folder / "summary.json")).at("lost");
    REQUIRE(lost.size() == 1);
    CHECK(lost.at(0).get<std::string>().find(sentence) != std::string::npos);
    std::istringstream events(fit({"--json"}));
    int told = 0;
    for (std::string line; std::getline(events, line);) {
        const json event = json::parse(line);
        told += event.value("loss", false) ? 1 : 0;
        told += event.at("event") == "done" && event.at("lost").size() == 1 ? 1 : 0;
    }
    CHECK(told == 2);
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
