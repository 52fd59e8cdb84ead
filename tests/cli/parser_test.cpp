#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/shared_data.h"

using namespace closet::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* kParserFiles[] = {"pan_mnv3s_skin_clothes_hair.onnx",
                                        "bodypix_mnv1_x050_s8.onnx"};

/// The networks for poses of this machine's store, in a store of its own.
void link_pose_networks(const fs::path& store) {
    const char* const home = std::getenv("HOME");
    const fs::path usual = fs::path(home != nullptr ? home : "") / ".cache/closet/models";
    for (const char* name : {"pose_detection.tflite", "pose_landmark_full.tflite"}) {
        if (fs::exists(usual / name)) {
            fs::create_symlink(usual / name, store / name);
        }
    }
}

std::size_t count_in(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("parser: unknown and doubled names are refused by every command that takes them") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3), out = folder / "out.mp4";
    const std::string garment = make_garment(folder, 255);
    const auto fit = [&](const char* parser) {
        return run_closet({"fit", clip, "-g", garment, "-o", out, "--parser", parser});
    };
    check_refused(fit("nonesuch"), 2, "there are auto, none, skin-clothes-hair, bodypix", out);
    check_refused(fit("bodypix+bodypix"), 2, "names bodypix twice", out);
    check_refused(fit("bodypix+none"), 2, "--parser none is unknown", out);
    check_refused(run_closet({"bench", clip, "-g", garment, "--parser", "nonesuch"}), 2,
                  "nonesuch");
    check_refused(
        run_closet({"live", clip, "-g", garment, "-o", out, "--no-window", "--parser", "nonesuch"}),
        2, "nonesuch", out);
    check_refused(fit("/nowhere/x.onnx"), 1, "/nowhere/x.onnx is no file", out);
    write_text(folder / "noise.onnx", "this is no network");
    check_refused(fit((folder / "noise.onnx").c_str()), 1, "noise.onnx", out);
    CHECK_FALSE(fs::exists(out));
}

TEST_CASE("parser: a group is fetched by one name, and copied files are imported by their hash") {
    const TemporaryFolder folder;
    const Variable store("CLOSET_MODELS", folder / "models");
    const Finished offline = run_closet({"models", "fetch", "parser", "--offline"});
    CHECK(offline.exit_code != 0);
    CHECK(holds(offline.err, "skin-clothes-hair"));
    CHECK(holds(offline.err, "bodypix"));
    const Finished doctor = run_closet({"doctor"});
    CHECK(holds(doctor.out, "Parsers (--parser)"));
    for (const char* file : kParserFiles) {
        const auto source = shared_file(fs::path("weights") / file);
        if (!source) {
            return;
        }
        fs::copy_file(*source, folder / "renamed.onnx", fs::copy_options::overwrite_existing);
        const Finished imported = run_closet({"models", "import", folder / "renamed.onnx"});
        INFO(imported.err);
        CHECK(imported.exit_code == 0);
        CHECK(fs::exists(fs::path(folder / "models") / file));
    }
    CHECK(run_closet({"models", "verify", "skin-clothes-hair", "bodypix"}).exit_code == 0);
    CHECK(run_closet({"models", "fetch", "parser", "--offline"}).exit_code == 0);
    CHECK(count_in(run_closet({"models", "list"}).out, "installed") == 2);
}

TEST_CASE(
    "parser: fetched parsers are taken and told of, labels go into pose files and come back") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    const auto pan = shared_file(fs::path("weights") / kParserFiles[0]);
    if (!clip || !pan) {
        return;
    }
    fs::create_directory(folder / "models");
    link_pose_networks(folder / "models");
    const Variable store("CLOSET_MODELS", folder / "models");
    const std::string garment = make_garment(folder, 255);
    const auto fit = [&](const std::string& name, std::vector<std::string> more) {
        std::vector<std::string> arguments{"fit",         *clip,      "-g",   garment, "-o",
                                           folder / name, "--vcodec", "ffv1", "-y"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return result;
    };
    const std::string poses = folder / "poses.jsonl", again = folder / "again.jsonl";
    // Nothing is fetched: silence, and files as ever.
    Finished result = fit("bare.mkv", {"--save-poses", poses});
    CHECK_FALSE(holds(result.err, "--parser"));
    CHECK_FALSE(holds(read_text(poses), "labels"));
    for (const char* file : kParserFiles) {
        fs::copy_file(*shared_file(fs::path("weights") / file), fs::path(folder / "models") / file);
    }
    result = fit("labels.mkv", {"--save-poses", poses});
    CHECK(count_in(result.err, "skin-clothes-hair+bodypix") == 1);
    const std::string text = read_text(poses);
    CHECK(holds(text, R"("labels":{"picture":0,"planes":["person","face")"));
    CHECK(holds(text, R"("parser":"skin-clothes-hair+bodypix")"));
    fit("again.mkv", {"--poses", poses, "--save-poses", again});
    CHECK(read_text(again) == text);
    CHECK(frame_hashes(folder / "again.mkv") == frame_hashes(folder / "labels.mkv"));

    result = fit("none.mkv", {"--parser", "none", "--save-poses", poses});
    CHECK_FALSE(holds(result.err, "bodypix"));
    CHECK_FALSE(holds(read_text(poses), "labels"));
    CHECK(frame_hashes(folder / "none.mkv") == frame_hashes(folder / "bare.mkv"));
    fit("pan.mkv", {"--parser", pan->string(), "--save-poses", poses});
    CHECK(holds(read_text(poses), R"("planes":["skin","clothes","hair"])"));
}
