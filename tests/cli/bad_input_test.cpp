#include <doctest/doctest.h>

#include <filesystem>

#include <sys/mount.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/cli_support.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {}  // namespace

TEST_CASE("bad input: files that are no video are refused by name") {
    const TemporaryFolder folder;
    const std::string garment = make_garment(folder, 255), out = folder / "out.mp4";
    const auto fit = [&](const std::string& input) {
        return run_closet({"fit", input, "-g", garment, "-o", out});
    };
    check_refused(fit(folder / "absent.mp4"), 1, "absent.mp4", out);
    write_text(folder / "empty.mp4", "");
    check_refused(fit(folder / "empty.mp4"), 1, "empty.mp4", out);
    write_text(folder / "text.mp4", "this is not a video\n");
    check_refused(fit(folder / "text.mp4"), 1, "text.mp4", out);
    ffmpeg({"-f", "lavfi", "-i", "sine=d=0.2", folder / "sound.wav"});
    check_refused(fit(folder / "sound.wav"), 1, "no video", out);
    const std::string whole = read_text(make_bars(folder, "bars.mp4", 25));
    write_text(folder / "cut.mp4", whole.substr(0, whole.size() / 3));
    check_refused(fit(folder / "cut.mp4"), 1, "cut.mp4", out);
}

TEST_CASE("bad input: garments that cannot be worn are refused by name") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), out = folder / "out.mp4";
    const auto fit = [&](const std::string& garment) {
        return run_closet({"fit", clip, "-g", garment, "-o", out});
    };
    check_refused(fit(folder / "absent.png"), 1, "absent.png", out);
    write_text(folder / "text.png", "no picture");
    check_refused(fit(folder / "text.png"), 1, "text.png", out);
    ffmpeg({"-f", "lavfi", "-i", "color=red:s=20x20", "-frames:v", "1", folder / "opaque.jpg"});
    check_refused(fit(folder / "opaque.jpg"), 2, "too small to find a garment in", out);
}

TEST_CASE("bad input: flags that cannot be used exit with 2 and name the flag") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), garment = make_garment(folder, 255);
    const std::string out = folder / "out.mp4";
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"fit", clip, "-g", garment, "-o", out};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_closet(arguments);
    };
    CHECK(run_closet({}).exit_code == 2);
    CHECK(run_closet({"fit"}).exit_code == 2);
    check_refused(with({"--frobnicate"}), 2, "--frobnicate", out);
    check_refused(with({"--batch", "0"}), 2, "--batch", out);
    check_refused(with({"--scale", "2"}), 2, "--scale", out);
    check_refused(with({"--scale", "nan"}), 2, "--scale", out);
    check_refused(with({"--device", "tpu"}), 2, "tpu", out);
    check_refused(with({"--model", "nonesuch"}), 2, "nonesuch", out);
    check_refused(with({"--warp", "nonesuch"}), 2, "nonesuch", out);
    check_refused(with({"--vcodec", "nonesuch"}), 2, "nonesuch", out);
    check_refused(with({"-e", "nonesuch=1"}), 2, "nonesuch", out);
    check_refused(with({"-e", "novalue"}), 2, "novalue", out);
    check_refused(with({"--person", "nobody"}), 2, "nobody", out);
    check_refused(with({"--person", "id:-1"}), 2, "id:-1", out);
    check_refused(with({"--max-people", "0"}), 2, "--max-people", out);
    check_refused(with({"--detect-every", "-1"}), 2, "--detect-every", out);
    check_refused(with({"--detector", "nonesuch"}), 2, "nonesuch", out);
    check_refused(with({"--start", "2", "--end", "1"}), 2, "--end", out);
    check_refused(with({"--config", folder / "absent.toml"}), 2, "absent.toml", out);
    check_refused(run_closet({"fit", clip, "-o", out}), 2, "-g", out);
    check_refused(run_closet({"fit", clip, "-g", garment}), 2, "-o");
}

TEST_CASE("bad input: the input is never overwritten by its own output") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), garment = make_garment(folder, 255);
    const std::string before = read_text(clip);
    fs::create_hard_link(clip, folder / "link.mp4");
    fs::create_symlink(clip, folder / "soft.mp4");
    for (const char* name : {"bars.mp4", "link.mp4", "soft.mp4"}) {
        const Finished result = run_closet({"fit", clip, "-g", garment, "-o", folder / name, "-y"});
        INFO(result.err);
        CHECK(result.exit_code != 0);
        CHECK(read_text(clip) == before);
    }
}

TEST_CASE("bad input: an existing output stays unless -y is given") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), garment = make_garment(folder, 255);
    const std::string out = folder / "out.mp4";
    write_text(out, "precious");
    Finished result = run_closet({"fit", clip, "-g", garment, "-o", out});
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("-y") != std::string::npos);
    CHECK(run_closet({"fit", clip, "-g", garment, "-o", out, "-n"}).exit_code == 0);
    CHECK(read_text(out) == "precious");
    CHECK(run_closet({"fit", clip, "-g", garment, "-o", out, "-y"}).exit_code == 0);
    CHECK(frame_hashes(out).size() > 10);
}

TEST_CASE("bad input: a target that cannot be written is refused at the start") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), garment = make_garment(folder, 255);
    check_refused(run_closet({"fit", clip, "-g", garment, "-o", folder / "no/such/folder/out.mp4"}),
                  1, "out.mp4");
    check_refused(run_closet({"fit", clip, "-g", garment, "-o", folder / "out.unknown"}), 2,
                  "out.unknown");
}

TEST_CASE("bad input: a full disk is told and leaves nothing under the final name") {
    const TemporaryFolder folder;
    const std::string disk = folder / "disk";
    fs::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
        MESSAGE("SKIPPED: a small file system can only be mounted as root");
        return;
    }
    const std::string clip = make_bars(folder, "bars.mp4", 50, "640x480");
    const Finished result = run_closet(
        {"fit", clip, "-g", make_garment(folder, 255), "-o", disk + "/out.mkv", "--crf", "5"});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("out.mkv") != std::string::npos);
    CHECK(result.err.find("No space left") != std::string::npos);
    CHECK_FALSE(fs::exists(disk + "/out.mkv"));
    umount(disk.c_str());
}
