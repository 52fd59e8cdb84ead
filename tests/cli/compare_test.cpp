#include <doctest/doctest.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/shared_data.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

/// The same clip, blurred and stored with losses.
std::string make_worse(const TemporaryFolder& folder, const std::string& clip) {
    const std::string path = folder / "worse.mkv";
    ffmpeg({"-i", clip, "-an", "-vf", "boxblur=2", "-c:v", "mpeg4", "-q:v", "10", path});
    return path;
}

/// No models anywhere, so that nothing depends on what this machine has fetched.
struct NoModels {
    TemporaryFolder folder;
    Variable models{"CLOSET_MODELS", folder.path().string()};
    Variable offline{"CLOSET_OFFLINE", "1"};
};

}  // namespace

TEST_CASE("compare tells that a clip is itself") {
    const NoModels none;
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a.mkv", 12);
    const Finished text = run_closet({"compare", clip, clip});
    CHECK(text.exit_code == 0);
    CHECK(holds(text.out, "12 frames"));
    CHECK(holds(text.out, "SSIM         1.00000   1.00000  frame 0 (0.000 s), luma as stored"));
    CHECK(holds(text.out, "PSNR dB       100.00"));
    CHECK_FALSE(holds(text.out, "LPIPS"));
    CHECK(holds(text.err, "without LPIPS: the model lpips is not at"));
    CHECK(holds(text.err, "closet models fetch lpips"));
}

TEST_CASE("compare writes figures of each frame and JSON") {
    const NoModels none;
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a.mkv", 12);
    const std::string worse = make_worse(folder, clip);
    const Finished run = run_closet(
        {"compare", clip, worse, "--metrics", "ssim,psnr", "--json", "-o", folder / "f.csv"});
    CHECK(run.exit_code == 0);
    const auto report = nlohmann::json::parse(run.out);
    CHECK(report.at("frames") == 12);
    CHECK(report.at("lpips_network").is_null());
    CHECK(report.at("luma") == "stored");
    CHECK(report.at("limits_crossed").empty());
    CHECK_FALSE(report.contains("lpips"));
    const double mean = report.at("ssim").at("mean").get<double>();
    CHECK(mean < 0.99);
    CHECK(report.at("ssim").at("worst").get<double>() <= mean);
    CHECK(report.at("psnr").at("mean").get<double>() < 40);
    const std::string csv = read_text(folder / "f.csv");
    CHECK(csv.starts_with("frame,seconds,ssim,psnr_db,lpips\n0,0.000000,0."));
    CHECK(std::count(csv.begin(), csv.end(), '\n') == 13);
    CHECK(holds(csv, "\n11,0.440000,0."));
}

TEST_CASE("a limit that is crossed is exit code 1 and a sentence") {
    const NoModels none;
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a.mkv", 5);
    const std::string worse = make_worse(folder, clip);
    CHECK(run_closet({"compare", clip, worse, "--min-ssim", "0.1", "--min-psnr", "5"}).exit_code ==
          0);
    const Finished failed = run_closet({"compare", clip, worse, "--min-ssim", "0.9999"});
    CHECK(failed.exit_code == 1);
    CHECK(holds(failed.out, "SSIM"));
    CHECK(holds(failed.err, "on average, below 0.9999"));
}

TEST_CASE("compare with the network of a file") {
    const auto weights = shared_file("weights");
    if (!weights) {
        return;
    }
    const NoModels none;
    const std::string alex = (*weights / "lpips_v0.1_alexnet_full.pth").string();
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a.mkv", 3);
    const std::string worse = make_worse(folder, clip);
    const Finished run =
        run_closet({"compare", clip, worse, "--metrics", "lpips", "--lpips-model", alex, "--json"});
    CHECK(run.exit_code == 0);
    const auto report = nlohmann::json::parse(run.out);
    CHECK(report.at("lpips_network") == "lpips-alex v0.1");
    CHECK(report.at("lpips").at("mean").get<double>() > 0.02);
    CHECK_FALSE(report.contains("ssim"));
    const Finished limit =
        run_closet({"compare", clip, worse, "--lpips-model", alex, "--max-lpips", "0.001"});
    CHECK(limit.exit_code == 1);
    CHECK(holds(limit.err, "LPIPS is"));
    // Under a name of the user's own.
    CHECK(run_closet({"models", "import", alex, "--name", "ours"}).exit_code == 0);
    const Finished stored = run_closet({"compare", clip, clip, "--lpips-model", "ours"});
    CHECK(stored.exit_code == 0);
    CHECK(holds(stored.out, "LPIPS        0.00000"));
    CHECK(holds(stored.out, "lpips-alex v0.1"));
}

TEST_CASE("what compare cannot do is refused with a sentence") {
    const NoModels none;
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "a.mkv", 5);
    const std::string small = make_bars(folder, "b.mkv", 5, "80x60");
    check_refused(run_closet({"compare", clip, small, "--metrics", "ssim"}), 1,
                  "only pictures of one size can be compared");
    check_refused(run_closet({"compare", clip, clip, "--metrics", "lpips"}), 1,
                  "closet models fetch lpips");
    check_refused(run_closet({"compare", clip, clip, "--lpips-model", folder / "no.pth"}), 1,
                  "there is no such file");
    check_refused(run_closet({"compare", clip, folder / "no.mkv", "--metrics", "ssim"}), 1,
                  "no.mkv");
    check_refused(run_closet({"compare", clip, clip, "--metrics", "ssim", "-o", clip}), 1, "a.mkv");
    const Finished usage = run_closet({"compare", clip, clip, "--metrics", "vmaf"});
    CHECK(usage.exit_code == 2);
    CHECK(run_closet({"compare", clip}).exit_code == 2);
}

TEST_CASE("heads without their backbone are told with the remedy") {
    const auto folder = shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    const NoModels none;
    const TemporaryFolder made;
    const std::string clip = make_bars(made, "a.mkv", 2);
    check_refused(run_closet({"compare", clip, clip, "--lpips-model",
                              (*folder / "lpips_v0.1_alex_published.pth").string()}),
                  1,
                  "heads of lpips-alex v0.1: give the backbone too, --lpips-model a second time");
}
