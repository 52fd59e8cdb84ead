#include <doctest/doctest.h>

#include <filesystem>

#include "cli/cli_support.h"

using namespace closet::test;
namespace fs = std::filesystem;

TEST_CASE("several inputs: a bad file does not stop the rest and the exit code tells") {
    const TemporaryFolder folder;
    const std::string good = make_bars(folder, "good.mp4", 3),
                      other = make_bars(folder, "other.mp4", 4);
    write_text(folder / "bad.mp4", "not a video");
    const std::string out = folder / "out/";
    const Finished result = run_closet(
        {"fit", good, folder / "bad.mp4", other, "-g", make_garment(folder, 255), "-o", out});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("bad.mp4") != std::string::npos);
    CHECK(fs::exists(out + "good.mp4"));
    CHECK(fs::exists(out + "other.mp4"));
    CHECK_FALSE(fs::exists(out + "bad.mp4"));
}

TEST_CASE("several inputs: a folder stands for the media in it") {
    const TemporaryFolder folder;
    fs::create_directory(folder / "in");
    make_bars(folder, "in/a.mp4", 3);
    make_bars(folder, "in/b.avi", 3);
    write_text(folder / "in/notes.txt", "not media");
    const Finished result = run_closet(
        {"fit", folder / "in", "-g", make_garment(folder, 255), "-o", folder / "out/", "-q"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(fs::exists(folder / "out/a.mp4"));
    CHECK(fs::exists(folder / "out/b.mkv"));
    CHECK_FALSE(fs::exists(folder / "out/notes.txt"));
    fs::create_directory(folder / "nothing");
    CHECK(run_closet(
              {"fit", folder / "nothing", "-g", make_garment(folder, 255), "-o", folder / "x/"})
              .exit_code == 2);
}
