// What stands under which name after a run: all files of it or none.

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "core/new_file.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

using Arguments = std::vector<std::string>;

Arguments plus(Arguments arguments, const Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

bool says(const Finished& result, const std::string& words) {
    return result.err.find(words) != std::string::npos;
}

/// Everything in the folder but what was there before.
std::string new_files(const TemporaryFolder& folder, const std::vector<std::string>& before) {
    std::string names;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        const std::string name = entry.path().filename().string();
        if (std::find(before.begin(), before.end(), name) == before.end()) {
            names += name + " ";
        }
    }
    return names;
}

bool appears(const fs::path& path) {
    for (int i = 0; i < 600 && !fs::exists(path); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return fs::exists(path);
}

/// A run that takes some seconds, beside the test.
class Beside {
  public:
    explicit Beside(Arguments arguments)
        : thread_([this, arguments = std::move(arguments)] { result_ = run_closet(arguments); }) {}
    ~Beside() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    Beside(Beside&&) = delete;
    Beside& operator=(Beside&&) = delete;
    const Finished& wait() {
        thread_.join();
        return result_;
    }

  private:
    Finished result_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("files: Ctrl-C leaves all of a run under partial names and what was there as it was") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 250, "640x480");
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv",
                      poses = folder / "poses.jsonl", summary = folder / "s.json";
    write_text(poses, "older");
    const Finished result = run_and_signal(
        {closet_binary(), "fit", clip, "-g", make_garment(folder, 255), "-o", out, "--matte", matte,
         "--save-poses", poses, "--summary", summary, "--preset", "veryslow", "--every", "1"},
        out + ".partial", SIGINT, 1);
    INFO(result.err);
    CHECK(result.exit_code == 130);
    CHECK_FALSE(fs::exists(out));
    CHECK_FALSE(fs::exists(matte));
    CHECK(read_text(poses) == "older");
    CHECK(frame_hashes(out + ".partial").size() > 10);
    CHECK(frame_hashes(matte + ".partial").size() > 10);
    const auto told = nlohmann::json::parse(read_text(summary));
    CHECK(told.at("interrupted") == true);
    for (const auto& [key, file] :
         {std::pair{"output", out}, {"matte", matte}, {"poses_file", poses}}) {
        CHECK(told.at(key) == file + ".partial");
        CHECK(says(result, file + ".partial"));
    }
    // The poses so far are whole: they dress the frames that they are of.
    const auto frames = told.at("frames_out").get<int>();
    REQUIRE(frames > 3);
    const Finished again =
        run_closet({"fit", clip, "--poses", poses + ".partial", "-g", make_garment(folder, 255),
                    "--encoder", "none", "--end", std::to_string((frames - 2) * 0.04)});
    INFO(again.err);
    CHECK(again.exit_code == 0);
}

TEST_CASE("files: where one output fails none gets its name and what was there stays") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 8);
    const std::string garment = make_garment(folder, 255);
    fs::create_symlink("/dev/full", folder / "full.mkv");
    fs::create_symlink("/dev/full", folder / "full.jsonl");
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv",
                      poses = folder / "poses.jsonl", full_video = folder / "full.mkv",
                      full_poses = folder / "full.jsonl", none = folder / "none/x.mkv";
    write_text(out, "older");
    const std::vector<std::string> before{"bars.mp4", "garment255.png", "full.mkv", "full.jsonl",
                                          "out.mkv"};
    const Arguments common{"fit", clip, "-g", garment, "-y", "--vcodec", "ffv1"};
    const std::vector<Arguments> failing{
        {"-o", out, "--matte", full_video, "--save-poses", poses},
        {"-o", out, "--matte", matte, "--save-poses", full_poses},
        {"-o", full_video, "--matte", matte, "--save-poses", poses},
        {"-o", out, "--matte", none, "--save-poses", poses},
        {"-o", out, "--matte", matte, "--save-poses", none + ".jsonl"},
        {"-o", out, "--matte", matte, "--summary", none + ".json"},
        {"--encoder", "none", "--matte", full_video, "--save-poses", poses}};
    for (const Arguments& outputs : failing) {
        const Finished result = run_closet(plus(common, outputs));
        INFO(result.err);
        CHECK(result.exit_code == 1);
        CHECK((says(result, "No space left") || says(result, "No such file")));
        CHECK(read_text(out) == "older");
        CHECK(new_files(folder, before) == "");
    }
}

TEST_CASE("files: a name that is taken away during a run costs no other file its content") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 100, "640x480");
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv";
    write_text(out, "older");
    Beside run({"fit", clip, "-g", make_garment(folder, 255), "-y", "-o", out, "--matte", matte,
                "--preset", "veryslow"});
    REQUIRE(appears(out + ".partial"));
    fs::create_directories(matte + "/in the way");
    const Finished& result = run.wait();
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(says(result, matte));
    CHECK(says(result, out + ".partial"));
    CHECK(read_text(out) == "older");
    CHECK(frame_hashes(out + ".partial").size() > 10);
    CHECK(frame_hashes(matte + ".partial").size() > 10);
}

TEST_CASE("files: a run is refused what another one writes, and that one ends whole") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 20), garment = make_garment(folder, 255);
    fs::create_symlink("out.mkv", folder / "link.mkv");
    const std::string out = folder / "out.mkv", matte = folder / "matte.mkv",
                      free = folder / "free.mkv", poses = folder / "poses.jsonl",
                      record = folder / "r.json", lines = folder / "r.jsonl";
    const Arguments fit{"fit", clip, "-g", garment};
    const Arguments bench{"bench",         clip, "--no-quality", "--min-repeats", "1",
                          "--max-repeats", "1",  "-q",           "--out"};
    const Arguments live{"live", clip, "--no-window", "-q", "-y", "-o"};
    const std::vector<std::pair<std::string, Arguments>> runs{
        {out, plus(fit, {"-o", out})},
        {out, plus(fit, {"-o", out, "-y"})},
        {out, plus(fit, {"-o", folder / "link.mkv"})},
        {matte, plus(fit, {"-o", free, "--matte", matte})},
        {poses, plus(fit, {"-o", free, "--save-poses", poses})},
        {record, plus(fit, {"-o", free, "--summary", record})},
        {record, plus(bench, {record})},
        {lines, plus(bench, {lines})},
        {out, plus(live, {out})},
        {lines, plus(live, {"none", "--stats", lines})},
        {record, plus(live, {"none", "--summary", record})}};
    for (const auto& [path, arguments] : runs) {
        closet::NewFile other_run(path);
        other_run.write("all of it");
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK(result.exit_code == 1);
        CHECK(says(result, "another run is writing it"));
        CHECK_FALSE(fs::exists(free));
        CHECK_FALSE(fs::exists(path));
        other_run.publish();
        CHECK(read_text(path) == "all of it");
        fs::remove(path);
    }
}

TEST_CASE("files: two files of one run that are one are refused before anything is written") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 4), garment = make_garment(folder, 255);
    fs::copy_file(garment, folder / "shirt.mkv");
    write_text(folder / "c.toml", "batch = 2\n");
    write_text(fs::path(garment).replace_extension(".json"), "{}");
    fs::create_symlink("new.mkv", folder / "soft.mkv");
    fs::create_hard_link(clip, folder / "hard.mp4");
    REQUIRE(run_closet({"fit", clip, "--save-poses", folder / "p.jsonl", "--encoder", "none"})
                .exit_code == 0);
    fs::copy_file(folder / "p.jsonl", folder / "p.mkv");
    const auto content = [&] {
        std::string all;
        for (const std::string name :
             {"bars.mp4", "garment255.png", "shirt.mkv", "c.toml", "p.jsonl"}) {
            all += fs::exists(folder / name) ? read_text(folder / name) : name;
        }
        return all;
    };
    const std::string before = content();
    const std::string at = folder.path().string() + "/";
    const Arguments fit{"fit", clip, "-y"};
    for (const Arguments& more :
         {Arguments{"-g", garment, "-o", at + "new.mkv", "--matte", at + "./new.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--matte", at + "soft.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--save-poses", at + "new.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--save-poses", at + "new.mkv.partial"},
          {"-g", garment, "-o", at + "new.mkv", "--summary", at + "soft.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--save-poses", at + "s", "--summary", at + "s"},
          {"-g", garment, "-o", clip},
          {"-g", garment, "-o", at + "hard.mp4"},
          {"-g", garment, "-o", at + "new.mkv", "--save-poses", clip},
          {"-g", garment, "-o", at + "new.mkv", "--summary", at + "hard.mp4"},
          {"-g", garment, "-o", at + "new.mkv", "--save-poses", garment},
          {"-g", at + "shirt.mkv", "-o", at + "shirt.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--poses", at + "p.jsonl", "--save-poses",
           at + "p.jsonl"},
          {"-g", garment, "-o", at + "p.mkv", "--poses", at + "p.mkv"},
          {"-g", garment, "-o", at + "new.mkv", "--summary",
           fs::path(garment).replace_extension(".json")},
          {"-g", garment, "-o", at + "new.mkv", "--config", at + "c.toml", "--summary",
           at + "c.toml"}}) {
        const Finished result = run_closet(plus(fit, more));
        INFO(result.err);
        CHECK((result.exit_code == 1 || result.exit_code == 2));
        CHECK((says(result, "names the same file") ||
               says(result, "itself, this would overwrite it")));
        CHECK(content() == before);
        CHECK_FALSE(fs::exists(at + "new.mkv"));
    }
    // The output of one job is the input of another.
    fs::create_directory(folder / "in");
    fs::create_directory(folder / "out");
    make_bars(folder, "in/a.avi", 3);
    make_bars(folder, "out/a.mkv", 3);
    const std::string mine = read_text(folder / "out/a.mkv");
    const Finished result = run_closet({"fit", folder / "in/a.avi", folder / "out/a.mkv", "-g",
                                        garment, "-y", "-o", folder / "out"});
    CHECK(result.exit_code != 0);
    CHECK(read_text(folder / "out/a.mkv") == mine);
}

TEST_CASE("files: links and permissions of outputs stay and pipes take an output") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 4), garment = make_garment(folder, 255);
    fs::create_directory(folder / "disk");
    write_text(folder / "disk/real.mkv", "older");
    chmod((folder / "disk/real.mkv").c_str(), 0640);
    fs::create_symlink("disk/real.mkv", folder / "out.mkv");
    const Finished result =
        run_closet({"fit", clip, "-g", garment, "-y", "-o", folder / "out.mkv", "--summary",
                    "/dev/stdout", "--save-poses", "/dev/null", "-q"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(fs::is_symlink(folder / "out.mkv"));
    CHECK(frame_hashes(folder / "disk/real.mkv").size() > 10);
    CHECK((fs::status(folder / "disk/real.mkv").permissions() == fs::perms(0640)));
    CHECK(nlohmann::json::parse(result.out).at("frames_out") == 4);
    CHECK(fs::is_character_file("/dev/null"));

    // A named pipe takes a stream, and stays a pipe.
    REQUIRE(mkfifo((folder / "pipe.ts").c_str(), 0600) == 0);
    const Finished alone = run_closet({"fit", clip, "-g", garment, "-y", "-o", folder / "pipe.ts"});
    CHECK(alone.exit_code == 1);
    CHECK(says(alone, "no program reads it"));
    std::thread reader([&] {
        ffmpeg({"-i", folder / "pipe.ts", "-c", "copy", folder / "got.mkv"});
    });
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const Finished piped = run_closet({"fit", clip, "-g", garment, "-y", "-o", folder / "pipe.ts"});
    reader.join();
    INFO(piped.err);
    CHECK(piped.exit_code == 0);
    CHECK(fs::is_fifo(folder / "pipe.ts"));
    const std::string hashes = frame_hashes(folder / "got.mkv");
    CHECK(std::count(hashes.begin(), hashes.end(), '\n') >= 4);
}

TEST_CASE("files: bench and live do not write two files into one or over what they read") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 20), garment = make_garment(folder, 255);
    const std::string record = folder / "r.json", out = folder / "live.mkv", x = folder / "x";
    const std::string before = read_text(clip);
    const Arguments bench{"bench", clip, "--no-quality", "--min-repeats", "1", "--max-repeats",
                          "1",     "-q"};
    const Arguments live{"live", clip, "--no-window", "-q", "-y"};
    for (const Arguments& arguments :
         {plus(bench, {"--out", record, "--report", record}),
          plus(bench, {"--out", record, "--out", "csv:" + record}),
          plus(bench, {"--out", "json:" + clip}),
          plus(bench, {"-g", garment, "--out", "json:" + garment}), plus(live, {"-o", clip}),
          plus(live, {"-o", out, "--stats", out}), plus(live, {"-o", "none", "--stats", clip}),
          plus(live, {"-o", "none", "--stats", x, "--summary", x})}) {
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK((result.exit_code == 1 || result.exit_code == 2));
        CHECK((says(result, "names the same file") ||
               says(result, "itself, this would overwrite it")));
        CHECK(read_text(clip) == before);
    }
}
