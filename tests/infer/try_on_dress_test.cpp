// What the try-on systems paint, with narrow networks under the published names. Their pictures are
// noise; where they are is not.
#include "support/doctest_with_torch.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "infer/try_on/try_on_networks.h"
#include "infer/try_on/viton_hd_input.h"
#include "models/store/import.h"
#include "support/environment.h"
#include "support/log_capture.h"
#include "support/temporary_folder.h"
#include "try_on_fixture.h"

using namespace closet;
using namespace closet::parse_label;
using test::TemporaryFolder;

namespace {

/// A folder with the narrow networks of both systems.
struct NarrowNetworks {
    TemporaryFolder folder;

    NarrowNetworks() {
        const auto put = [&](const char* from, const std::string& to) {
            const std::filesystem::path path = folder / to;
            std::filesystem::create_directories(path.parent_path());
            std::filesystem::copy_file(*test::try_on_folder() / from, path);
        };
        put("cpvton_gmm_micro_published_legacy.pth", "cp-vton/gmm_final.pth");
        put("cpvton_tom_micro_published_legacy.pth", "cp-vton/tom_final.pth");
        put("vitonhd_seg_micro_published_zip.pth", "viton-hd/seg_final.pth");
        put("vitonhd_gmm_micro_published_zip.pth", "viton-hd/gmm_final.pth");
        put("vitonhd_alias_micro_published_zip.pth", "viton-hd/alias_final.pth");
    }

    std::shared_ptr<TryOn> make(const std::string& warp) const {
        InferOptions options;
        options.device = "cpu";
        return make_try_on(warp, folder / (warp == "viton-hd" ? "viton-hd" : "cp-vton"), options);
    }
};

/// The person of the reference data, with her own points and labels.
TryOnPerson real_person() {
    const auto media = *test::shared_file("media");
    return {.rgb = test::rgb_of_file(media / "people/person_00055.jpg"),
            .labels = test::map_of_file("person_00055_parse_synthetic.png"),
            .points = test::viton_hd_points()};
}

TryOnGarment real_garment() {
    const auto media = *test::shared_file("media");
    return {.rgb = test::rgb_of_file(media / "garments/garment_00055.jpg"),
            .mask = test::map_of_file("garment_00055_mask.png")};
}

cv::Mat alpha_of(const cv::Mat& rgba, cv::Size size) {
    cv::Mat alpha;
    cv::extractChannel(rgba, alpha, 3);
    cv::resize(alpha, alpha, size, 0, 0, cv::INTER_NEAREST);
    return alpha;
}

}  // namespace

TEST_CASE("each system paints the same each time, inside of its own region") {
    if (!test::try_on_folder() || !test::shared_file("media")) {
        return;
    }
    const NarrowNetworks networks;
    const TryOnPerson person = real_person();
    const TryOnGarment garment = real_garment();
    for (const std::string warp : {"gmm", "cp-vton", "viton-hd"}) {
        CAPTURE(warp);
        CHECK(is_try_on(warp));
        const auto try_on = networks.make(warp);
        CHECK(try_on->name() == warp);
        CHECK(try_on->renders() == (warp != "gmm"));
        const cv::Mat painted = try_on->dress(person, garment);
        REQUIRE(painted.type() == CV_8UC4);
        const cv::Mat again = try_on->dress(person, garment);
        CHECK(test::differences(painted, again) == 0);
        const cv::Mat alpha = alpha_of(painted, person.labels.size());
        CHECK(cv::countNonZero(alpha) > 1000);
        CHECK(cv::countNonZero(alpha == 0) > 1000);
        if (warp == "viton-hd") {
            const cv::Mat area = agnostic_area(person.labels, person.points);
            CHECK(cv::countNonZero((alpha > 0) & (area == 0)) == 0);
            // Old clothes are gone wherever they were seen.
            CHECK(cv::countNonZero((alpha == 0) & (person.labels == kUpper) & (area > 0)) == 0);
        } else if (warp == "cp-vton") {
            cv::Mat labels;
            cv::resize(person.labels, labels, painted.size(), 0, 0, cv::INTER_NEAREST);
            const cv::Mat small = alpha_of(painted, painted.size());
            CHECK(cv::countNonZero((small > 0) & ((labels == kFace) | (labels == kHair))) == 0);
            CHECK(cv::countNonZero((small < 255) & (labels == kUpper)) == 0);
        }
    }
    CHECK_FALSE(is_try_on("mesh"));
}

TEST_CASE("an empty or a whole garment, and a person without points, are painted without a fault") {
    if (!test::try_on_folder()) {
        return;
    }
    const NarrowNetworks networks;
    const cv::Size size(kTryOnWidth, kTryOnHeight);
    const TryOnPerson nobody{.rgb = cv::Mat(size, CV_8UC3, cv::Scalar::all(90)),
                             .labels = cv::Mat(size, CV_8UC1, cv::Scalar(0)),
                             .points = {}};
    for (const int mask : {0, 255}) {
        const TryOnGarment garment{.rgb = cv::Mat(size, CV_8UC3, cv::Scalar::all(200)),
                                   .mask = cv::Mat(size, CV_8UC1, cv::Scalar(mask))};
        for (const std::string warp : {"gmm", "cp-vton", "viton-hd"}) {
            CAPTURE(warp);
            CHECK(networks.make(warp)->dress(nobody, garment).type() == CV_8UC4);
        }
    }
}

TEST_CASE("files that are missing or another network's are told, and licences on use") {
    if (!test::try_on_folder()) {
        return;
    }
    const NarrowNetworks networks;
    const TemporaryFolder empty;
    InferOptions options;
    options.device = "cpu";
    CHECK_THROWS_WITH_AS(make_try_on("gmm", empty.path(), options),
                         doctest::Contains("the warp gmm needs gmm_final.pth, missing from"),
                         ModelError);
    const test::Variable models("CLOSET_MODELS", empty.path().string());
    CHECK_THROWS_WITH_AS(
        make_try_on("viton-hd", "", options),
        doctest::Contains("needs seg_final.pth and gmm_final.pth and alias_final.pth, missing"),
        ModelError);
    CHECK_THROWS_WITH_AS(make_try_on("viton-hd", "", options),
                         doctest::Contains("`closet models fetch viton-hd`"), ModelError);
    CHECK_THROWS_WITH_AS(make_try_on("gmm", networks.folder / "viton-hd", options),
                         doctest::Contains("is the geometric matching of VITON-HD"), ModelError);
    std::filesystem::copy_file(networks.folder / "cp-vton/gmm_final.pth",
                               networks.folder / "cp-vton/tom_final.pth",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK_THROWS_WITH_AS(networks.make("cp-vton"),
                         doctest::Contains("is no try-on module of CP-VTON"), ModelError);
    const test::LogCapture log;
    networks.make("viton-hd");
    CHECK(log.count("non-commercial use only") == 1);
}

TEST_CASE("networks that were imported one by one serve a warp") {
    if (!test::try_on_folder()) {
        return;
    }
    const NarrowNetworks networks;
    const TemporaryFolder store;
    const test::Variable models("CLOSET_MODELS", store.path().string());
    for (const char* const part : {"seg", "gmm", "alias"}) {
        import_model(ModelStore(), networks.folder / fmt::format("viton-hd/{}_final.pth", part),
                     {.name = fmt::format("viton-hd-{}", part), .recognize = {}});
    }
    InferOptions options;
    options.device = "cpu";
    CHECK(make_try_on("viton-hd", "", options)->name() == "viton-hd");
    std::ofstream(store / "viton-hd-gmm.pth") << "damaged";
    CHECK_THROWS_WITH_AS(make_try_on("viton-hd", "", options),
                         doctest::Contains("closet models import FILE --name viton-hd-gmm"),
                         ModelError);
}
