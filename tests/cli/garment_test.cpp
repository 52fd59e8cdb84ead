#include <doctest/doctest.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/shared_data.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

/// A blue T of a shirt on near-white.
std::string make_photo(const TemporaryFolder& folder, const std::string& name) {
    ffmpeg({"-f", "lavfi", "-i",
            "color=0xf6f6f6:s=600x800,drawbox=190:150:220:520:0x2040a0:fill,"
            "drawbox=100:160:400:150:0x2040a0:fill",
            "-frames:v", "1", folder / name});
    return folder / name;
}

TEST_CASE("garment prepare writes picture and anchors and preview") {
    const TemporaryFolder folder;
    const std::string photo = make_photo(folder, "photo.png");
    const std::string shirt = folder / "shirt.png", preview = folder / "look.jpg";
    const Finished result =
        run_closet({"garment", "prepare", photo, "-o", shirt, "--preview", preview});
    CAPTURE(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(result.out.find("short") != std::string::npos);
    CHECK(result.out.find("confidence") != std::string::npos);
    CHECK(fs::file_size(preview) > 0);
    const auto anchors = nlohmann::json::parse(read_text(folder / "shirt.json"));
    CHECK(anchors["kind"] == "top");
    CHECK(anchors["sleeves"] == "short");
    CHECK(anchors["anchors"]["left_armpit"][0].get<double>() > 300);
    // Only what was asked for lies there.
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 4);

    // What it wrote is a garment, and keeps the file's anchors.
    const Finished again =
        run_closet({"garment", "prepare", shirt, "-o", folder / "copy.png", "--json"});
    REQUIRE(again.exit_code == 0);
    const auto report = nlohmann::json::parse(again.out);
    CHECK(report["kind"] == "top");
    CHECK(report["second_kind"].is_null());
    CHECK(report["cut_out"] == false);
    CHECK(report["anchors"].size() == anchors["anchors"].size());
    CHECK(read_text(folder / "copy.json") == read_text(folder / "shirt.json"));
}

TEST_CASE("garment prepare believes --kind") {
    const TemporaryFolder folder;
    const std::string photo = make_photo(folder, "photo.png");
    const Finished result = run_closet(
        {"garment", "prepare", photo, "-o", folder / "dress.png", "--kind", "dress", "--json"});
    CAPTURE(result.err);
    REQUIRE(result.exit_code == 0);
    const auto report = nlohmann::json::parse(result.out);
    CHECK(report["kind"] == "dress");
    CHECK(report["kind_confidence"] == 1);
    CHECK(report["anchors"].contains("left_hip"));
    const Finished text = run_closet({"garment", "prepare", photo, "-o", folder / "top.png"});
    CHECK(text.out.find(": top") != std::string::npos);
    CHECK(text.out.find("short sleeves") != std::string::npos);
}

TEST_CASE("garment prepare overwrites only what it is told to") {
    const TemporaryFolder folder;
    const std::string photo = make_photo(folder, "photo.png");
    const std::string shirt = folder / "shirt.png";
    write_text(folder / "shirt.json", "mine");
    check_refused(run_closet({"garment", "prepare", photo, "-o", shirt}), 2, "-y");
    CHECK(read_text(folder / "shirt.json") == "mine");
    CHECK_FALSE(fs::exists(shirt));
    CHECK(run_closet({"garment", "prepare", photo, "-o", shirt, "-y"}).exit_code == 0);
    CHECK(read_text(folder / "shirt.json") != "mine");
    const std::string before = read_text(photo);
    check_refused(run_closet({"garment", "prepare", photo, "-o", photo, "-y"}), 2, "overwrite");
    CHECK(read_text(photo) == before);
}

TEST_CASE("garment prepare refuses what it cannot use in one sentence") {
    const TemporaryFolder folder;
    const std::string photo = make_photo(folder, "photo.png");
    const std::string shirt = folder / "shirt.png";
    const auto prepare = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"garment", "prepare"});
        return run_closet(more);
    };
    check_refused(prepare({folder / "absent.jpg", "-o", shirt}), 1, "no such file");
    check_refused(prepare({photo, "-o", folder / "shirt.jpg"}), 2, "ends in .png");
    check_refused(prepare({photo, "-o", folder / "no/shirt.png"}), 2, "no folder");
    check_refused(prepare({photo, "-o", shirt, "--preview", shirt}), 2, "same file");
    check_refused(prepare({photo, "-o", shirt, "--preview", folder / "look.xyz"}), 2, "--preview");
    check_refused(prepare({photo, "-o", shirt, "--mask", folder / "none.png"}), 1, "none.png");
    check_refused(prepare({photo}), 2, "-o");
    check_refused(run_closet({"garment"}), 2, "subcommand");
    ffmpeg({"-f", "lavfi", "-i", "testsrc=s=600x800", "-frames:v", "1", folder / "busy.png"});
    check_refused(prepare({folder / "busy.png", "-o", shirt}), 2, "--mask");
    check_refused(prepare({photo, "-o", shirt, "--kind", "tie"}), 2, "trousers");
    check_refused(prepare({photo, "-o", shirt, "--cutter", "scissors"}), 2, "u2netp");
    check_refused(prepare({photo, "-o", shirt, "--cutter", folder / "no.onnx"}), 1, "no.onnx");
    CHECK_FALSE(fs::exists(shirt));
}

TEST_CASE("garment prepare cuts with what --cutter names and says what it was") {
    const auto zoo = shared_file("fixtures/zoo-segmentation");
    if (!zoo) {
        return;
    }
    const TemporaryFolder folder;
    const Variable no_models("CLOSET_MODELS", folder / "models");
    const std::string photo = make_photo(folder, "photo.png");
    const std::string shirt = folder / "shirt.png";
    const auto prepare = [&](const std::string& input, const std::string& cutter) {
        return run_closet(
            {"garment", "prepare", input, "-o", shirt, "-y", "--json", "--cutter", cutter});
    };
    for (const char* const cutter : {"plain", "auto"}) {
        const Finished plain = prepare(photo, cutter);
        REQUIRE(plain.exit_code == 0);
        CHECK(nlohmann::json::parse(plain.out)["cutter"] == "plain");
    }
    // Not fetched: the sentence says how. With random weights: no garment is seen.
    check_refused(prepare(photo, "u2netp"), 1, "u2netp");
    CHECK(prepare(photo, *zoo / "u2netp_small_published_legacy.pth").exit_code == 2);
    // Transparency that a picture has is kept, whatever the cutter.
    fs::copy_file(shirt, folder / "again.png");
    const Finished kept = prepare(folder / "again.png", *zoo / "u2netp_small_published_legacy.pth");
    REQUIRE(kept.exit_code == 0);
    CHECK(nlohmann::json::parse(kept.out)["cutter"] == "");
    // Nothing fetched and no plain ground.
    ffmpeg({"-f", "lavfi", "-i", "testsrc=s=600x800", "-frames:v", "1", folder / "busy.png"});
    check_refused(run_closet({"garment", "prepare", folder / "busy.png", "-o", shirt, "-y"}), 2,
                  "closet models fetch");
}

TEST_CASE("garment prepare cuts out what is pointed at, and sees a photo once") {
    const auto zoo = shared_file("fixtures/zoo-segmentation");
    if (!zoo) {
        return;
    }
    const TemporaryFolder folder;
    const Variable no_models("CLOSET_MODELS", folder / "models");
    const Variable cache("XDG_CACHE_HOME", folder / "cache");
    const std::string photo = make_photo(folder, "photo.png");
    const std::string shirt = folder / "shirt.png", preview = folder / "look.png";
    const std::string network = *zoo / "mobile_sam_small_published_zip.pth";
    const auto prepare = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"garment", "prepare", photo, "-o", shirt, "-y"});
        return run_closet(more);
    };
    const std::vector<std::string> sam{"--cutter", network, "--kind", "top", "--json"};
    const auto point = [&](std::vector<std::string> more) {
        more.insert(more.end(), sam.begin(), sam.end());
        return prepare(more);
    };
    // The weights are made up: what is cut out is no shirt.
    const Finished done = point({"--box", "100,150,400,520", "--preview", preview});
    CAPTURE(done.err);
    REQUIRE(done.exit_code == 0);
    const auto report = nlohmann::json::parse(done.out);
    CHECK(report["cutter"] == network);
    CHECK(report["cut_out"] == true);
    CHECK(fs::file_size(preview) > 0);
    const fs::path kept = folder / "cache/closet/pointing";
    REQUIRE(std::distance(fs::directory_iterator(kept), fs::directory_iterator()) == 1);
    const std::string first = read_text(shirt);
    CHECK(point({"--box", "100,150,400,520"}).exit_code == 0);
    CHECK(read_text(shirt) == first);
    point({"--point", "300,400", "--not-point=20,30", "--point", "250,500"});
    CHECK(std::distance(fs::directory_iterator(kept), fs::directory_iterator()) == 1);

    check_refused(point({"--point", "300"}), 2, "a point is X,Y");
    check_refused(point({"--point", "600,10"}), 2, "--point 600,10 lies outside");
    check_refused(point({"--box", "10,10,0,5"}), 2, "no area");
    check_refused(point({"--box", "500,10,200,5"}), 2, "--box 500,10,200,5 lies outside");
    check_refused(point({"--not-point", "10,10"}), 2, "only what is not the garment");
    check_refused(point({"--point", "10,10", "--mask", photo}), 2, "--mask and --point");
    check_refused(point({"--point", "10,10", "--parser", "bodypix"}), 2, "--parser and --point");
    check_refused(prepare({"--point", "10,10", "--cutter", "u2net"}), 2, "cannot be pointed");
    check_refused(prepare({"--point", "10,10"}), 1, "closet models fetch mobile-sam");
    check_refused(prepare({"--cutter", "mobile-sam"}), 2, "--point X,Y");
    check_refused(run_closet({"garment", "prepare", shirt, "-o", folder / "copy.png", "--point",
                              "10,10", "--cutter", network}),
                  2, "transparency already");
}

TEST_CASE("fit, live and bench cut photos out by --cutter, as garment prepare does") {
    const TemporaryFolder folder;
    const Variable no_cutters("CLOSET_MODELS", folder / "models");
    const std::string clip = make_bars(folder, "bars.mp4", 3), out = folder / "out.mp4";
    const std::string busy = folder / "busy.png";
    ffmpeg({"-f", "lavfi", "-i", "testsrc=s=600x800", "-frames:v", "1", busy});
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"fit", clip, "-o", out}, {"live", clip, "-o", out, "--no-window"}}) {
        const auto run = [&](const std::string& garment, const std::string& cutter) {
            std::vector<std::string> arguments = command;
            arguments.insert(arguments.end(), {"-g", garment, "--cutter", cutter});
            return run_closet(arguments);
        };
        // No plain ground and nothing fetched: the sentence says what to fetch.
        check_refused(run(busy, "auto"), 2, "closet models fetch isnet", out);
        check_refused(run(busy, "scissors"), 2, "u2netp", out);
        check_refused(run(make_photo(folder, "photo.png"), "u2netp"), 1, "u2netp", out);
        check_refused(run(busy, folder / "no.onnx"), 1, "no.onnx", out);
    }
    CHECK(holds(run_closet({"bench", clip, "-g", busy, "--cutter", "u2netp"}).err, "u2netp"));
    CHECK(holds(run_closet({"fit", clip, "-g", busy, "--dry-run", "--cutter", "plain"}).out,
                "cutter = \"plain\""));
}

TEST_CASE("fit, live and bench take outfits and kinds alike") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), out = folder / "out.mp4";
    const std::string shirt = make_garment(folder, 255), other = folder / "a+b.png";
    fs::copy_file(shirt, other);
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"fit", clip, "-o", out, "-y"},
             {"live", clip, "-o", "none", "--no-window", "--no-realtime"},
             {"bench", clip, "--max-repeats", "1", "--min-repeats", "1", "--no-quality"}}) {
        const auto run = [&](std::vector<std::string> more) {
            std::vector<std::string> arguments = command;
            arguments.insert(arguments.end(), more.begin(), more.end());
            return run_closet(arguments);
        };
        const std::string outfit = shirt + "+" + other;
        // Both are of one kind, unless one is said to be something else.
        const Finished alike = run({"-g", outfit, "-q"});
        CHECK(alike.exit_code != 0);
        CHECK(holds(alike.err, "cannot be worn together"));
        check_refused(run({"-g", outfit, "--kind", "top+gown"}), 2, "--kind gown");
        check_refused(run({"-g", outfit, "--kind", "skirt"}), 2, "differ in number, 1 and 2");
        CHECK(holds(run({"-g", shirt + "+" + (folder / "no.png")}).err, "no.png"));
        const Finished worn = run({"-g", outfit, "--kind", "top+skirt", "-q"});
        CAPTURE(worn.err);
        CHECK(worn.exit_code == 0);
    }
    // Several -g are one outfit, but in live each is a look.
    const std::vector<std::string> two{"-g", shirt, "-g", other};
    const auto plus = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), two.begin(), two.end());
        return run_closet(arguments);
    };
    check_refused(plus({"fit", clip, "-o", out, "-y"}), 2, "cannot be worn together");
    CHECK(holds(plus({"bench", clip}).err, "cannot be worn together"));
    CHECK(plus({"live", clip, "-o", "none", "--no-window", "--no-realtime"}).exit_code == 0);
}

}  // namespace
