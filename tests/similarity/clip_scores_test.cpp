#include "similarity/clip_scores.h"

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "core/error.h"
#include "support/clips.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

const auto kGoOn = [](std::int64_t, std::int64_t) { return true; };

/// A clip of one second; `more` stands before the output's name.
std::string clip(const test::TemporaryFolder& folder, const std::string& name,
                 const std::string& more = "-c:v ffv1", const std::string& size = "96x64",
                 const std::string& rate = "10") {
    const std::string path = folder / name;
    test::ffmpeg("-f lavfi -i testsrc2=s=" + size + ":r=" + rate + ":d=1 -pix_fmt yuv420p " + more +
                 " " + path);
    return path;
}

std::string refusal(const std::string& first, const std::string& second,
                    const ClipScoreOptions& options = {}) {
    try {
        compare_clips(first, second, options, kGoOn);
        return "none";
    } catch (const Error& error) {
        return error.what();
    }
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a clip equals itself on every frame") {
    const test::TemporaryFolder folder;
    const std::string path = clip(folder, "a.mkv");
    for (const unsigned workers : {0U, 2U}) {
        const ClipScores scores = compare_clips(path, path, {.workers = workers}, kGoOn);
        REQUIRE(scores.frames.size() == 10);
        CHECK(scores.stored_luma);
        CHECK(scores.is_complete);
        for (std::size_t i = 0; i < scores.frames.size(); ++i) {
            const FrameScore& frame = scores.frames[i];
            CHECK(frame.index == static_cast<std::int64_t>(i));
            CHECK(frame.seconds == doctest::Approx(0.1 * static_cast<double>(i)));
            CHECK(frame.ssim.value() == doctest::Approx(1));
            CHECK(frame.psnr_db.value() == 100);
            CHECK_FALSE(frame.lpips);
        }
    }
}

TEST_CASE("PSNR of luma is what ffmpeg measures") {
    const test::TemporaryFolder folder;
    const std::string a = clip(folder, "a.mkv");
    const std::string b = folder / "b.mkv";
    test::ffmpeg("-i " + a + " -c:v mpeg4 -q:v 12 " + b);
    test::shell("cd " + folder.path().string() + " && ffmpeg -nostdin -v error -i " + b + " -i " +
                a + " -lavfi psnr=stats_file=psnr.txt -f null -");
    const std::string stats = test::read_file(folder / "psnr.txt");
    const ClipScores scores = compare_clips(a, b, {}, kGoOn);
    REQUIRE(scores.frames.size() == 10);
    std::size_t at = 0;
    for (const FrameScore& frame : scores.frames) {
        at = stats.find("psnr_y:", at) + 7;
        CHECK(frame.psnr_db.value() == doctest::Approx(std::stod(stats.substr(at))).epsilon(1e-3));
        CHECK(frame.ssim.value() < 1);
    }
}

TEST_CASE("clips that are stored otherwise are compared as RGB") {
    const test::TemporaryFolder folder;
    const std::string yuv = clip(folder, "a.mkv");
    const std::string rgb = folder / "b.mkv", tall = folder / "c.mkv";
    test::ffmpeg("-i " + yuv + " -pix_fmt bgr0 -c:v ffv1 " + rgb);
    test::ffmpeg("-i " + yuv + " -pix_fmt yuv444p10le -c:v ffv1 " + tall);
    for (const std::string& other : {rgb, tall}) {
        const ClipScores scores = compare_clips(yuv, other, {}, kGoOn);
        CHECK_FALSE(scores.stored_luma);
        CHECK(scores.frames.at(3).ssim.value() > 0.97);
        CHECK(scores.frames.at(3).psnr_db.value() > 35);
    }
}

TEST_CASE("a change of color alone is seen in RGB clips") {
    const test::TemporaryFolder folder;
    const std::string a = folder / "a.png", b = folder / "b.png";
    test::ffmpeg("-f lavfi -i color=0x806040:s=64x64:d=0.04 -frames:v 1 " + a);
    test::ffmpeg("-f lavfi -i color=0xC06040:s=64x64:d=0.04 -frames:v 1 " + b);
    CHECK(compare_clips(a, b, {}, kGoOn).frames.at(0).psnr_db.value() < 30);
}

TEST_CASE("what cannot be compared is refused with a sentence") {
    const test::TemporaryFolder folder;
    const std::string a = clip(folder, "a.mkv");
    CHECK(says(refusal(a, clip(folder, "size.mkv", "-c:v ffv1", "98x64")),
               "is 96x64 pixels as shown and"));
    CHECK(says(refusal(a, clip(folder, "rate.mkv", "-c:v ffv1", "96x64", "25")),
               "frame 1 is at 0.100 s in"));
    const std::string shorter = clip(folder, "short.mkv", "-frames:v 6 -c:v ffv1");
    CHECK(says(refusal(a, shorter), "short.mkv ends after 6 frames and"));
    CHECK(says(refusal(shorter, a), "short.mkv ends after 6 frames and"));
    CHECK(compare_clips(a, shorter, {.shortest = true}, kGoOn).frames.size() == 6);
    CHECK(says(refusal(a, folder / "absent.mkv"), "absent.mkv"));
}

TEST_CASE("metrics are measured only when asked for") {
    const test::TemporaryFolder folder;
    const std::string a = clip(folder, "a.mkv");
    const FrameScore frame = compare_clips(a, a, {.psnr = false}, kGoOn).frames.at(0);
    CHECK(frame.ssim);
    CHECK_FALSE(frame.psnr_db);
    const ClipScores none = compare_clips(a, a, {.ssim = false, .psnr = false}, kGoOn);
    CHECK_FALSE(none.frames.at(0).ssim);
}

TEST_CASE("a comparison can be ended") {
    const test::TemporaryFolder folder;
    const std::string a = clip(folder, "a.mkv");
    const ClipScores scores =
        compare_clips(a, a, {}, [](std::int64_t done, std::int64_t) { return done < 3; });
    CHECK(scores.frames.size() == 3);
    CHECK_FALSE(scores.is_complete);
}

TEST_CASE("LPIPS of clips is that of their pictures as shown") {
    const auto folder = test::shared_file("weights");
    if (!folder) {
        return;
    }
    const test::TemporaryFolder made;
    const std::string a = clip(made, "a.mkv");
    const std::string b = made / "b.mkv";
    test::ffmpeg("-i " + a + " -vf boxblur=3 -c:v ffv1 " + b);
    const auto squeeze = std::make_shared<const Lpips>(
        std::vector<std::filesystem::path>{*folder / "lpips_v0.1_squeezenet_full.pth"});
    const ClipScoreOptions options{.ssim = false, .psnr = false, .lpips = squeeze, .workers = 1};
    for (const FrameScore& frame : compare_clips(a, b, options, kGoOn).frames) {
        CHECK(frame.lpips.value() > 0.05);
    }
    for (const FrameScore& frame : compare_clips(a, a, options, kGoOn).frames) {
        CHECK(frame.lpips.value() == 0);
    }
    CHECK(says(refusal(clip(made, "s.mkv", "-c:v ffv1", "16x16"),
                       clip(made, "t.mkv", "-c:v ffv1", "16x16"), options),
               "cannot compare pictures of 16x16"));
}
