// --restore-face, with a narrow GFPGAN of formula weights: what it paints is noise, but in its
// place.
#include <fstream>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet::test;

namespace {

/// A photo and a network, where both and MTCNN are here.
struct Material {
    std::string photo, model;
};
std::optional<Material> material() {
    const auto photo = shared_file("media/people/person_01992.jpg");
    const auto model = shared_file("fixtures/zoo-tryon/gfpgan_micro_published_legacy.pth");
    if (run_closet({"models", "verify", "mtcnn-onet"}).exit_code != 0) {
        std::cout << "SKIPPED: MTCNN is not fetched (run scripts/setup)\n";
        return std::nullopt;
    }
    return photo && model ? std::optional(Material{photo->string(), model->string()})
                          : std::nullopt;
}

}  // namespace

TEST_CASE("restored faces: painted where the matte says and nowhere else and counted") {
    const TemporaryFolder folder;
    const auto with = material();
    if (!with) {
        return;
    }
    const std::string small = folder / "small.png", out = folder / "out.png",
                      matte = folder / "matte.png", summary = folder / "summary.json";
    ffmpeg({"-i", with->photo, "-vf", "scale=384:512", small});
    const Finished result =
        run_closet({"fit", small, "-o", out, "--matte", matte, "--summary", summary,
                    "--restore-face", "always", "--restore-model", with->model});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(holds(result.err, "faces: 1 restored"));
    CHECK(holds(result.err, "non-commercial"));
    CHECK(nlohmann::json::parse(read_text(summary)).at("restored_faces").at("restored") == 1);
    // The ground beside the throat, within the square, is left: by the person's mask, which is
    // asked for without a garment too.
    const std::string ground = "format=rgb24,crop=8:8:204:110";
    CHECK(frame_hashes(out, ground) == frame_hashes(small, ground));
    // The upper third holds the face, the rest is as it was.
    const std::string face = "format=rgb24,crop=384:170:0:0",
                      rest = "format=rgb24,crop=384:300:0:212";
    CHECK(frame_hashes(out, face) != frame_hashes(small, face));
    CHECK(frame_hashes(out, rest) == frame_hashes(small, rest));
    const std::string low = "crop=384:300:0:212,format=gray";
    const std::string black = folder / "black.png";
    ffmpeg({"-f", "lavfi", "-i", "color=black:s=384x512", "-frames:v", "1", "-pix_fmt", "gray",
            black});
    CHECK(frame_hashes(matte, low) == frame_hashes(black, low));
    CHECK(frame_hashes(matte, "format=gray") != frame_hashes(black, "format=gray"));
}

TEST_CASE("restored faces: none are by default and wrong values and files are refused") {
    const TemporaryFolder folder;
    const auto with = material();
    if (!with) {
        return;
    }
    const std::string out = folder / "out.png";
    const auto fit = [&](const std::vector<std::string>& more) {
        std::vector<std::string> all{"fit", with->photo, "-o", out};
        all.insert(all.end(), more.begin(), more.end());
        return run_closet(all);
    };
    check_refused(fit({}), 2, "--restore-face auto", out);
    check_refused(fit({"--restore-face", "yes"}), 2, "is none of auto, always and off", out);
    const auto other = shared_file("fixtures/zoo-tryon/cpvton_tom_micro_published_legacy.pth");
    check_refused(fit({"--restore-face", "auto", "--restore-model", other->string()}), 1,
                  "is no GFPGAN", out);
    // Of a network of 64 pixels the face is too large for `auto`.
    const Finished left =
        fit({"--restore-face", "auto", "--restore-model", with->model, "--encoder", "none"});
    CHECK(holds(left.err, "faces: 0 restored; left: 1 with more detail than the network gives"));
}

TEST_CASE("restored faces: a network that is not asked for is not opened") {
    const TemporaryFolder folder;
    const auto with = material();
    if (!with) {
        return;
    }
    // Whoever reads it is told that it is no network.
    const std::string broken = folder / "gfpgan.pth";
    std::ofstream(broken) << "no network";
    const auto fit = [&](const std::string& when) {
        const std::string small = folder / "small.png";
        ffmpeg({"-i", with->photo, "-vf", "scale=384:512", small});
        return run_closet({"fit", small, "-y", "-o", folder / "out.png", "-g",
                           make_garment(folder, 255), "--restore-face", when, "--restore-model",
                           broken});
    };
    CHECK(fit("off").exit_code == 0);
    const Finished opened = fit("always");
    CHECK(opened.exit_code == 1);
    CHECK(holds(opened.err, "gfpgan.pth"));
}
