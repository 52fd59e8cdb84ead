#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/cli_support.h"
#include "support/clips.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;

/// What is rendered in units of half a second, and where to.
struct Rendering {
    TemporaryFolder folder;
    std::string clip = make_bars(folder, "bars.mp4", 100, "320x240");
    std::string garment = make_garment(folder, 255);

    explicit Rendering(const std::string& name = "out.mp4") : output(folder / "made/" + name) {
        fs::create_directory(folder / "made");
    }

    std::string output;
    std::string units() const { return output + ".units"; }

    Strings command(const Strings& more = {}) const {
        // x264's code for AVX-512 reads memory that nobody wrote: its bytes differ from run to run.
        Strings all{closet_binary(),
                    "fit",
                    clip,
                    "-g",
                    garment,
                    "-o",
                    output,
                    "--preset",
                    "medium",
                    "-e",
                    "x264-params=asm=0",
                    "--segments",
                    "0.5"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Strings with_all(const Strings& more = {}) const {
        Strings all = command(
            {"--matte", folder / "made/matte.mov", "--save-poses", folder / "made/poses.jsonl"});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// The content of every file beside the output, by name.
    std::map<std::string, std::string> made() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator(folder / "made")) {
            files[entry.path().filename()] =
                entry.is_directory() ? "a folder" : read_text(entry.path());
        }
        return files;
    }
    void clear() const {
        fs::remove_all(folder / "made");
        fs::create_directory(folder / "made");
    }
    /// Leaves some complete units and no output.
    void kill(const Strings& more = {}) const {
        const Finished killed = run_and_signal(command(more), units() + "/00001.done", SIGKILL, 1);
        INFO(killed.err);
        REQUIRE(killed.exit_code == 128 + SIGKILL);
        REQUIRE(fs::exists(units() + "/00001.done"));
        REQUIRE_FALSE(fs::exists(output));
    }
};

void check_done(const Finished& result) {
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
}

}  // namespace

TEST_CASE("units: a run that ends early is resumed to the same files, byte for byte") {
    const Rendering rendering;
    check_done(run(rendering.with_all()));
    const auto whole = rendering.made();
    CHECK(whole.size() == 3);  // the journal is gone
    for (const int signal : {SIGKILL, SIGINT, SIGTERM}) {
        CAPTURE(signal);
        rendering.clear();
        const Finished ended =
            run_and_signal(rendering.with_all(), rendering.units() + "/00001.done", signal, 1);
        INFO(ended.err);
        CHECK(ended.exit_code == (signal == SIGKILL ? 128 + SIGKILL : 130));
        CHECK_FALSE(fs::exists(rendering.output));
        REQUIRE(fs::exists(rendering.units() + "/00001.done"));
        if (signal != SIGKILL) {
            CHECK(frame_hashes(rendering.output + ".partial").size() > 20 * 32);
            CHECK(holds(ended.err, "--resume"));
        }
        check_done(run(rendering.with_all({"--resume"})));
        const auto resumed = rendering.made();
        CHECK(resumed.size() == 3);
        for (const auto& [name, content] : whole) {
            CAPTURE(name);
            REQUIRE(resumed.contains(name));
            CHECK(resumed.at(name) == content);
        }
    }
}

TEST_CASE("units: they have the frames and the sound of a rendering in one piece") {
    const Rendering rendering;
    const std::string plain = rendering.folder / "plain.mp4";
    check_done(run({closet_binary(), "fit", rendering.clip, "-g", rendering.garment, "-o", plain,
                    "--segments", "0", "-e", "qp=0"}));
    check_done(run(rendering.command({"-e", "qp=0"})));
    CHECK(frame_hashes(rendering.output) == frame_hashes(plain));
    CHECK(packet_hash(rendering.output, "a:0") == packet_hash(plain, "a:0"));
}

TEST_CASE("units: colors that no standard knows are left out") {
    if (!have_ffmpeg()) {
        return;
    }
    Rendering rendering;
    rendering.clip =
        make_clip({"reserved.mp4",
                   "-f lavfi -i testsrc=s=320x240:r=10:d=1 -c:v libaom-av1 -cpu-used 8 "
                   "-bsf:v av1_metadata=color_primaries=200 {out}"},
                  rendering.folder);
    check_done(run(rendering.command()));
    CHECK(fs::exists(rendering.output));
}

TEST_CASE("units: what a run depends on may not change, and is named") {
    const Rendering rendering;
    rendering.kill();
    const auto refused = [&](const Strings& more, const std::string& words) {
        CAPTURE(words);
        Strings options = more;
        options.emplace_back("--resume");
        check_refused(run(rendering.command(options)), 2, words, rendering.output);
        CHECK(fs::exists(rendering.units() + "/00001.done"));
    };
    refused({"--crf", "30"}, "--crf was 20 and is 30");
    refused({"-e", "tune=grain", "--old-clothes", "keep"}, "--old-clothes was ");
    refused({"--end", "3"}, "--end was nothing and is 3");
    refused({"--person", "center"}, "--person was largest and is center");
    SUBCASE("another clip") {
        const TemporaryFolder other;
        fs::copy_file(make_bars(other, "bars.mp4", 90, "320x240"), rendering.clip,
                      fs::copy_options::overwrite_existing);
        refused({}, "the clip was ");
    }
    SUBCASE("another garment of that name") {
        const TemporaryFolder other;
        fs::copy_file(make_garment(other, 200), rendering.garment,
                      fs::copy_options::overwrite_existing);
        refused({}, "the garment " + rendering.garment + " was ");
    }
}

TEST_CASE("units: settings that change no frame may change in a run that goes on") {
    const Rendering rendering;
    rendering.kill();
    check_done(run(rendering.command({"--resume", "--queue", "3", "--memory", "100", "--serial"})));
    CHECK(fs::exists(rendering.output));
}

TEST_CASE("units: those of an earlier run are not thrown away unasked") {
    const Rendering rendering;
    rendering.kill();
    const auto before = fs::last_write_time(rendering.units() + "/00001.video");
    const Finished asked = run(rendering.command());
    check_refused(asked, 2, "give --resume", rendering.output);
    CHECK(fs::last_write_time(rendering.units() + "/00001.video") == before);
    check_done(run(rendering.command({"-y"})));
    CHECK(fs::exists(rendering.output));
    CHECK_FALSE(fs::exists(rendering.units()));
}

TEST_CASE("units: one that is gone is made again, one that is damaged is named") {
    const Rendering rendering;
    check_done(run(rendering.command()));
    const auto whole = rendering.made();
    fs::remove(rendering.output);
    rendering.kill();
    const std::string unit = rendering.units() + "/00000.video";
    SUBCASE("gone") {
        fs::remove(unit);
        check_done(run(rendering.command({"--resume"})));
        CHECK((rendering.made() == whole));
    }
    SUBCASE("damaged") {
        std::string bytes = read_text(unit);
        bytes[bytes.size() / 2] ^= 1;
        write_text(unit, bytes);
        const Finished told = run(rendering.command({"--resume"}));
        CHECK(told.exit_code == 1);
        CHECK(holds(told.err, unit));
        CHECK_FALSE(fs::exists(rendering.output));
        fs::remove(unit);  // as the sentence says
        check_done(run(rendering.command({"--resume"})));
        CHECK((rendering.made() == whole));
    }
    SUBCASE("the journal") {
        for (const char* name : {"settings.json", "00001.done", "00002.begin"}) {
            CAPTURE(std::string(name));
            const std::string file = rendering.units() + "/" + name;
            const std::string text = read_text(file);
            for (const char* bytes : {"", "{", "[1, 2]", "{\"frames\": \"\"}"}) {
                write_text(file, bytes);
                const Finished told = run(rendering.command({"--resume"}));
                INFO(told.err);
                CHECK(told.exit_code == 1);
                CHECK(holds(told.err, "cannot read " + file));
            }
            write_text(file, text);
        }
        check_done(run(rendering.command({"--resume"})));
        CHECK((rendering.made() == whole));
    }
}

TEST_CASE("units: not for pipes and renderings that are not written, and pictures stay whole") {
    const Rendering rendering;
    const auto refused = [&](const Strings& arguments) {
        Strings all{"fit", "-g", rendering.garment, "--segments", "1"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        const Finished result = run_closet(all);
        INFO(result.err);
        CHECK(result.exit_code == 2);
        CHECK(holds(result.err, "in units"));
    };
    refused({rendering.clip, "--encoder", "none"});
    CHECK(rendering.made().empty());
    const Finished piped = run({"sh", "-c",
                                "cat \"$0\" | \"$1\" fit /dev/stdin --skeleton -o \"$2\" "
                                "--segments 1",
                                rendering.clip, closet_binary(), rendering.output});
    check_refused(piped, 2, "in units", rendering.output);

    const std::string picture = rendering.folder / "picture.png";
    ffmpeg({"-i", rendering.clip, "-frames:v", "1", picture});
    check_done(run_closet({"fit", picture, "-g", rendering.garment, "--segments", "1", "--resume",
                           "-o", rendering.folder / "made/a.png"}));
    CHECK(rendering.made().size() == 1);
}
