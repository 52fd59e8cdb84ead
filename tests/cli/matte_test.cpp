#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/clips.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

/// All samples of a video's luma, frame after frame, as stored; or what the filter makes of it.
std::string gray(const std::string& file, const std::string& filter = "extractplanes=y") {
    const Finished result =
        run({"ffmpeg", "-v", "error", "-nostdin", "-noautorotate", "-i", file, "-map", "0:v:0",
             "-vsync", "passthrough", "-vf", filter, "-f", "rawvideo", "-"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
}

std::string probed(const std::string& file, const std::string& entries) {
    const Finished result = run({"ffprobe", "-v", "error", "-select_streams", "v:0",
                                 "-show_entries", entries, "-of", "csv=p=0", file});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
}

/// When each frame is shown, in milliseconds after the first. Containers with sound may begin
/// later, by what the sound needs to settle.
std::vector<long> times(const std::string& file) {
    std::istringstream text(probed(file, "packet=pts_time"));
    std::vector<double> seconds;
    for (std::string line; std::getline(text, line);) {
        if (!line.empty()) {
            seconds.push_back(std::stod(line));
        }
    }
    REQUIRE_FALSE(seconds.empty());
    std::sort(seconds.begin(), seconds.end());
    std::vector<long> result;
    for (const double at : seconds) {
        result.push_back(std::lround((at - seconds.front()) * 1000));
    }
    return result;
}

/// Compares luma before and after: where it changed, the matte is not 0.
void check_matte(const std::string& before, const std::string& after, const std::string& matte) {
    REQUIRE(matte.size() == before.size());
    REQUIRE(matte.size() == after.size());
    std::int64_t painted = 0, changed = 0, changed_outside = 0;
    for (std::size_t i = 0; i < matte.size(); ++i) {
        painted += matte[i] != 0 ? 1 : 0;
        changed += before[i] != after[i] ? 1 : 0;
        changed_outside += matte[i] == 0 && before[i] != after[i] ? 1 : 0;
    }
    CHECK(changed_outside == 0);
    CHECK(painted > 1000);
    CHECK(painted < static_cast<std::int64_t>(matte.size()) / 2);
    CHECK(changed > painted * 8 / 10);  // a garment in one color meets it here and there
}

Finished fit(const std::string& input, const TemporaryFolder& folder, const std::string& out,
             const std::string& matte, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"fit", input, "-g", make_garment(folder, 255), "-o", out, "--matte",
                               matte, "--vcodec", "ffv1"});
    return run_closet(more);
}

}  // namespace

TEST_CASE("matte: a clip's is 0 outside the garment and has the frames and times of the clip") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv";
    const Finished result = fit(*clip, folder, out, matte, {"--summary", folder / "s.json"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    check_matte(gray(*clip), gray(out), gray(matte));
    CHECK(probed(matte, "stream=codec_name,pix_fmt,color_range") == "ffv1,gray,pc\n");
    CHECK(times(matte) == times(out));
    CHECK(times(matte).size() == 18);
    CHECK(probed(matte, "format=nb_streams") == "1\n");
    CHECK(nlohmann::json::parse(read_text(folder / "s.json")).at("matte") == matte);
    CHECK_FALSE(fs::exists(matte + ".partial"));

    // On one thread, without a result, in other files: the same.
    for (const std::string name : {"serial.mkv", "matte.mov", "matte.avi"}) {
        CAPTURE(name);
        REQUIRE(fit(*clip, folder, out, folder / name, {"-y", "--serial"}).exit_code == 0);
        CHECK(gray(folder / name) == gray(matte));
    }
    REQUIRE(run_closet({"fit", *clip, "-g", make_garment(folder, 255), "--encoder", "none",
                        "--matte", folder / "only.mkv"})
                .exit_code == 0);
    CHECK(gray(folder / "only.mkv") == gray(matte));
}

TEST_CASE("matte: half an opacity is half a matte and an unseen garment gives an empty one") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const auto most = [&](const std::string& opacity) {
        const std::string matte = folder / ("matte" + opacity + ".mkv");
        const Finished result =
            fit(*clip, folder, folder / "out.mkv", matte, {"-y", "--opacity", opacity});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        const std::string samples = gray(matte);
        return static_cast<int>(static_cast<std::uint8_t>(
            *std::max_element(samples.begin(), samples.end(), [](char a, char b) {
                return static_cast<std::uint8_t>(a) < static_cast<std::uint8_t>(b);
            })));
    };
    CHECK(most("1") == 255);
    CHECK(most("0.5") == 128);
    CHECK(most("0") == 0);
}

TEST_CASE("matte: a picture's is a gray picture") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    ffmpeg({"-i", *clip, "-frames:v", "1", folder / "still.png"});
    for (const std::string name : {"matte.png", "matte.tiff"}) {
        const Finished result =
            fit(folder / "still.png", folder, folder / "out.png", folder / name, {"-y"});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        check_matte(gray(folder / "still.png", "format=gray"),
                    gray(folder / "out.png", "format=gray"), gray(folder / name));
        CHECK(probed(folder / name, "stream=width,height,pix_fmt") == "360,640,gray\n");
    }
}

TEST_CASE("matte: a turned clip has a turned matte") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    ffmpeg({"-i", *clip, "-vf", "transpose=2", "-metadata:s:v:0", "rotate=0", "-c:v", "libx264",
            "-qp", "0", folder / "lying.mp4"});
    ffmpeg(turned_copy(folder / "lying.mp4", 270) + folder / "turned.mp4");
    const std::string out = folder / "out.mov", matte = folder / "matte.mov";
    const Finished result = run_closet({"fit", folder / "turned.mp4", "-g",
                                        make_garment(folder, 255), "-o", out, "--matte", matte});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const std::string turn = "stream_side_data=rotation";
    CHECK(probed(matte, turn) == probed(out, turn));
    CHECK(probed(matte, turn).find("90") != std::string::npos);
    CHECK(probed(matte, "stream=width,height").starts_with("640,360"));
    CHECK(times(matte) == times(out));
}

TEST_CASE("matte: an interrupted run leaves both files playable under their partial names") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 250, "640x480");
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv";
    const Finished result =
        run_and_signal({closet_binary(), "fit", clip, "-g", make_garment(folder, 255), "-o", out,
                        "--matte", matte, "--preset", "veryslow", "--every", "1"},
                       out + ".partial", SIGINT, 1);
    INFO(result.err);
    CHECK(result.exit_code == 130);
    CHECK_FALSE(fs::exists(out));
    CHECK_FALSE(fs::exists(matte));
    REQUIRE(fs::exists(matte + ".partial"));
    CHECK(frame_hashes(matte + ".partial").size() > 10);
    CHECK(times(matte + ".partial") == times(out + ".partial"));
    CHECK(result.err.find("matte.mkv.partial") != std::string::npos);
}

TEST_CASE("matte: a file that cannot hold it is refused in one sentence and nothing is left") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3);
    for (const std::string name : {"m.mp4", "m.webm", "m.jpg", "m.webp", "m.y4m", "m.ts", "m.gif",
                                   "m", "m.xyz", "m.mkv.partial"}) {
        CAPTURE(name);
        const Finished result = fit(clip, folder, folder / "out.mkv", folder / name);
        CHECK(result.exit_code == 2);
        CHECK(result.err.find("--matte") != std::string::npos);
        CHECK(result.err.find(".mkv") != std::string::npos);
        CHECK_FALSE(fs::exists(folder / "out.mkv"));
        CHECK_FALSE(fs::exists(folder / "out.mkv.partial"));
        CHECK_FALSE(fs::exists(folder / name));
    }
    const Finished picture = fit(clip, folder, folder / "out.mkv", folder / "m.png");
    CHECK(picture.exit_code == 1);
    CHECK(picture.err.find("holds one frame") != std::string::npos);
    CHECK_FALSE(fs::exists(folder / "m.png.partial"));
}

TEST_CASE("matte: an existing file stays unless -y is given and no file is written twice") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mkv", 3);
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv";
    write_text(matte, "mine");
    const Finished refused = fit(clip, folder, out, matte);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--matte") != std::string::npos);
    CHECK(fit(clip, folder, out, matte, {"-n"}).exit_code == 0);
    CHECK(read_text(matte) == "mine");
    CHECK_FALSE(fs::exists(out));
    CHECK(fit(clip, folder, out, matte, {"-y"}).exit_code == 0);
    CHECK(gray(matte).size() == 3U * 160 * 120);

    fs::create_directory(folder / "sub");
    for (const std::string& same : {out, folder / "sub/../out.mkv"}) {
        const Finished result = fit(clip, folder, out, same, {"-y"});
        CHECK(result.exit_code == 2);
        CHECK(result.err.find("-o names the same file") != std::string::npos);
    }
    CHECK(fit(clip, folder, folder / "poses.mkv", matte, {"-y", "--save-poses", matte}).exit_code ==
          2);
    const std::string before = read_text(clip);
    const Finished input = fit(clip, folder, out, clip, {"-y"});
    CHECK(input.exit_code == 1);
    CHECK(input.err.find("the input itself") != std::string::npos);
    CHECK(read_text(clip) == before);
}

TEST_CASE("matte: several inputs have theirs in a folder") {
    const TemporaryFolder folder;
    const std::string a = make_bars(folder, "a.mp4", 3), b = make_bars(folder, "b.mp4", 4);
    ffmpeg({"-i", a, "-frames:v", "1", folder / "c.png"});
    const auto fit_all = [&](const std::string& out, const std::string& matte) {
        return run_closet({"fit", a, b, folder / "c.png", "-g", make_garment(folder, 255), "-o",
                           out, "--matte", matte});
    };
    const Finished result = fit_all(folder / "out/", folder / "mattes/");
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(fs::exists(folder / "mattes/a.mkv"));
    CHECK(fs::exists(folder / "mattes/b.mkv"));
    CHECK(fs::exists(folder / "mattes/c.png"));
    write_text(folder / "file.mkv", "mine");
    const Finished refused = fit_all(folder / "out2/", folder / "file.mkv");
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--matte") != std::string::npos);
}
