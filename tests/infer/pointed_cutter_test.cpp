// Cutting out what is pointed at: MobileSAM's chain from a picture to masks of its size, and what
// is kept of a picture.
#include "support/doctest_with_torch.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/cutter/kept_embedding.h"
#include "infer/cutter/pointed_cutter.h"
#include "models/functional/mobile_sam.h"
#include "models/networks/formula_checkpoint.h"
#include "models/networks/rtm_fixtures.h"
#include "support/environment.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

using namespace closet;
namespace fs = std::filesystem;

namespace {

std::optional<fs::path> sam_files() {
    return test::shared_file("fixtures/zoo-segmentation");
}

fs::path small_sam() {
    return *sam_files() / "mobile_sam_small_published_zip.pth";
}

cv::Mat sam_picture() {
    const at::Tensor rgb =
        test::to_tensor(
            test::read_safetensors(*sam_files() / "mobile_sam_input.safetensors").at("rgb_u8"))[0]
            .permute({1, 2, 0})
            .contiguous();
    return cv::Mat(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3,
                   rgb.data_ptr())
        .clone();
}

/// Caches go to a folder of the test's own.
struct OwnCache {
    test::TemporaryFolder folder;
    test::Variable cache{"XDG_CACHE_HOME", folder.path().string()};
    fs::path kept() const { return folder.path() / "closet" / "pointing"; }
};

std::size_t count_files(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

Pointing at_point(double x, double y) {
    Pointing pointing;
    pointing.inside = {{x, y}};
    return pointing;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace

TEST_CASE("pointed cutter: a point and a box give the reference's masks at the picture's size") {
    if (!sam_files()) {
        return;
    }
    const OwnCache cache;
    const auto expected = test::read_safetensors(*sam_files() / "mobile_sam_expected.safetensors");
    PointedCutter cutter(std::make_shared<const MobileSamNetwork>(load_mobile_sam(
                             test::formula_checkpoint(*sam_files() / "recipe_mobile_sam.json"))),
                         "mobile-sam", "formula");
    const cv::Mat picture = sam_picture();
    // Of single points the mask of the best score, of boxes the first one.
    const at::Tensor scores = test::to_tensor(expected.at("point.iou"));
    const auto best = scores[0].argmax().item<std::int64_t>();
    const auto check = [&](const Pointing& pointing, const at::Tensor& logits,
                           const at::Tensor& mask) {
        const cv::Mat ours = cutter.logits(picture, pointing);
        const at::Tensor values = at::from_blob(ours.data, {ours.rows, ours.cols}, at::kFloat);
        CHECK(test::worst(values.slice(0, 0, {}, 4).slice(1, 0, {}, 4), logits) < 4 * 7.3e-5);
        const cv::Mat alpha = cutter.alpha(picture, pointing);
        const at::Tensor inside =
            at::from_blob(alpha.data, {alpha.rows, alpha.cols}, at::kByte) >= 128;
        CHECK((inside != mask.to(at::kBool)).sum().item<std::int64_t>() <= 4);
    };
    check(at_point(80, 40), test::to_tensor(expected.at("point.logits_picture_slice"))[0][best],
          test::to_tensor(expected.at("point.mask"))[0][best]);
    Pointing box;
    box.box = cv::Rect2d(30, 20, 90, 75);
    check(box, test::to_tensor(expected.at("box.logits_picture_slice"))[0][0],
          test::to_tensor(expected.at("box.mask"))[0][0]);
    CHECK(cutter.encoded() == 1);
    CHECK_THROWS_WITH_AS(cutter.alpha(picture, {}), doctest::Contains("a point or a box"),
                         ModelError);
}

TEST_CASE("pointed cutter: to point again runs the decoder alone, in later runs too") {
    if (!sam_files()) {
        return;
    }
    const OwnCache cache;
    const cv::Mat picture = sam_picture();
    const auto first = make_pointed_cutter(small_sam().string());
    const cv::Mat mask = first->logits(picture, at_point(80, 40));
    Pointing refined = at_point(80, 40);
    refined.outside = {{20, 90}};
    const cv::Mat other = first->logits(picture, refined);
    CHECK(first->encoded() == 1);
    CHECK_FALSE(same(mask, other));
    CHECK(count_files(cache.kept()) == 1);

    const auto later = make_pointed_cutter(small_sam().string());
    CHECK(same(later->logits(picture, refined), other));
    CHECK(same(later->logits(picture, at_point(80, 40)), mask));
    CHECK(later->encoded() == 0);

    // Another picture, or another network, is seen anew.
    cv::Mat changed = picture.clone();
    changed.at<cv::Vec3b>(50, 50)[1] ^= 64;
    later->logits(changed, refined);
    CHECK(later->encoded() == 1);
    PointedCutter stranger(
        std::make_shared<const MobileSamNetwork>(load_mobile_sam(*read_checkpoint(small_sam()))),
        "mobile-sam", "another file");
    CHECK(same(stranger.logits(picture, refined), other));
    CHECK(stranger.encoded() == 1);
    CHECK(count_files(cache.kept()) == 3);

    // What is damaged is made anew.
    for (const auto& entry : fs::directory_iterator(cache.kept())) {
        fs::resize_file(entry.path(), 1000);
    }
    const auto mended = make_pointed_cutter(small_sam().string());
    CHECK(same(mended->logits(picture, refined), other));
    CHECK(mended->encoded() == 1);
    CHECK(count_files(cache.kept()) == 3);
}

TEST_CASE("pointed cutter: of embeddings those used last are kept, and only whole ones") {
    const OwnCache cache;
    const std::vector<float> numbers{1, 2, 3};
    CHECK_FALSE(find_kept_embedding("a0", 3));
    const auto used = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (std::size_t i = 0; i < kKeptEmbeddings; ++i) {
        const std::string name = "a" + std::to_string(i);
        keep_embedding(name, numbers);
        fs::last_write_time(cache.kept() / (name + ".safetensors"), used + std::chrono::minutes(i));
    }
    CHECK(find_kept_embedding("a0", 3) == numbers);  // which makes it the newest
    keep_embedding("b", numbers);
    CHECK(count_files(cache.kept()) == kKeptEmbeddings);
    CHECK(find_kept_embedding("a0", 3));
    CHECK_FALSE(find_kept_embedding("a1", 3));
    CHECK_FALSE(find_kept_embedding("b", 4));  // a network of other sizes
    const std::vector<float> broken{1, std::numeric_limits<float>::quiet_NaN(), 3};
    keep_embedding("c", broken);
    CHECK_FALSE(find_kept_embedding("c", 3));
}

TEST_CASE("pointed cutter: another network's file is refused in a sentence") {
    if (!sam_files()) {
        return;
    }
    const std::string file = (*sam_files() / "u2netp_small_published_legacy.pth").string();
    CHECK_THROWS_WITH_AS(make_pointed_cutter(file), doctest::Contains("is no MobileSAM"),
                         ModelError);
    const test::TemporaryFolder folder;
    const test::Variable models("CLOSET_MODELS", folder.path().string());
    CHECK_THROWS_WITH_AS(make_pointed_cutter(kPointedCutter),
                         doctest::Contains("closet models fetch mobile-sam"), ModelError);
}
