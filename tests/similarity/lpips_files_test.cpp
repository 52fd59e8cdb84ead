// In which files an LPIPS may come, and what is said of those that are none.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "lpips_fixtures.h"
#include "models/networks/lpips/lpips.h"
#include "similarity/lpips.h"
#include "support/temporary_folder.h"

using namespace closet;
namespace fs = std::filesystem;

namespace {

/// An AlexNet of four filters a layer with heads; `more` may change it.
std::shared_ptr<test::MemoryCheckpoint> small_alex() {
    auto file = std::make_shared<test::MemoryCheckpoint>("small.pth");
    const auto conv = [&](int index, std::int64_t in, std::int64_t kernel) {
        const auto count = static_cast<std::size_t>(4 * in * kernel * kernel);
        std::vector<float> weights(count);
        for (std::size_t i = 0; i < count; ++i) {
            weights[i] =
                static_cast<float>((i * 37 + static_cast<std::size_t>(index)) % 19) / 19 - 0.4F;
        }
        const std::string name = "features." + std::to_string(index);
        file->add(name + ".weight", {4, in, kernel, kernel}, std::move(weights));
        file->add(name + ".bias", {4});
    };
    conv(0, 3, 11);
    conv(3, 4, 5);
    conv(6, 4, 3);
    conv(8, 4, 3);
    conv(10, 4, 3);
    for (int tap = 0; tap < 5; ++tap) {
        file->add("lin" + std::to_string(tap) + ".model.1.weight", {1, 4, 1, 1}, {1, 1, 1, 1});
    }
    return file;
}

std::string refusal(std::vector<std::shared_ptr<const Checkpoint>> files) {
    try {
        const Lpips lpips(std::move(files));
        return "none";
    } catch (const ModelError& error) {
        return error.what();
    }
}

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

cv::Mat noise(int width, int height, int seed) {
    cv::Mat picture(height, width, CV_8UC3);
    cv::RNG(static_cast<std::uint64_t>(seed)).fill(picture, cv::RNG::UNIFORM, 0, 256);
    return picture;
}

}  // namespace

TEST_CASE("heads and torchvision's backbone may be two files in any order") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    const auto pictures = test::read_safetensors(*folder / "lpips_input.safetensors");
    const auto expected = test::read_safetensors(*folder / "lpips_alex_micro_expected.safetensors");
    const auto distances = expected.at("distance").as<float>();
    const fs::path backbone = *folder / "lpips_alex_micro_backbone_published.pth";
    // The heads of the module alone.
    const auto module = read_checkpoint(*folder / "lpips_alex_micro_module.pth");
    auto heads = std::make_shared<test::MemoryCheckpoint>("heads.pth");
    for (int tap = 0; tap < 5; ++tap) {
        const std::string key = "lin" + std::to_string(tap) + ".model.1.weight";
        const TensorEntry* const head = module->find(key);
        REQUIRE(head != nullptr);
        heads->add(key, head->shape, to_floats(*head));
    }
    const Lpips whole({module});
    CHECK(whole.name() == "lpips-alex v0.1 (whole module)");
    const Lpips two({heads, read_checkpoint(backbone)});
    const Lpips turned({read_checkpoint(backbone), heads});
    for (int pair = 0; pair < 4; ++pair) {
        const cv::Mat a = test::stored_rgb(pictures.at("img0"), pair);
        const cv::Mat b = test::stored_rgb(pictures.at("img1"), pair);
        const double distance = whole.distance(a, b).total;
        CHECK(distance == doctest::Approx(distances[static_cast<std::size_t>(pair)]).epsilon(1e-5));
        CHECK(two.distance(a, b).total == distance);
        CHECK(turned.distance(a, b).total == distance);
    }
    CHECK(
        says(refusal({read_checkpoint(backbone)}), "alexnet, a backbone of LPIPS: give the heads"));
    CHECK(says(refusal({heads}), "heads of lpips-alex v0.1: give the backbone"));
    CHECK(says(refusal({module, read_checkpoint(backbone)}), "do not belong together"));
    CHECK(says(refusal({heads, heads}), "do not belong together"));
}

TEST_CASE("the published heads are known by their kind and version") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    for (const auto& [kind, file] : {std::pair("alex", "lpips_v0.1_alex_published.pth"),
                                     std::pair("vgg", "lpips_v0.1_vgg_published.pth")}) {
        const auto heads = read_checkpoint(*folder / file);
        const StateDict state(heads->tensors());
        const auto found = recognize_lpips(state);
        REQUIRE(found);
        CHECK(to_string(*found) == "heads of lpips-" + std::string(kind) + " v0.1");
        const auto network = recognize_network(state);
        REQUIRE(network);
        CHECK(survey(*network, state).complete());
    }
}

TEST_CASE("all that the published layouts hold is known") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    const auto weights = test::shared_file("weights");
    if (!folder || !weights) {
        return;
    }
    for (const fs::path& file :
         {*folder / "lpips_alex_micro_backbone_published.pth",
          *folder / "lpips_alex_micro_module.pth", *weights / "lpips_v0.1_alexnet_full.pth",
          *weights / "lpips_v0.1_squeezenet_full.pth"}) {
        CAPTURE(file);
        const auto checkpoint = read_checkpoint(file);
        const StateDict state(checkpoint->tensors());
        const auto network = recognize_network(state);
        REQUIRE(network);
        const KeyReport keys = survey(*network, state);
        CHECK(keys.complete());
        CHECK(keys.matched + keys.left_aside == checkpoint->tensors().size());
    }
}

TEST_CASE("a wrapper's prefix is stripped") {
    const auto plain = small_alex(), wrapped = small_alex();
    wrapped->wrap("module.");
    const cv::Mat a = noise(50, 40, 1), b = noise(50, 40, 2);
    const double distance = Lpips({plain}).distance(a, b).total;
    CHECK(distance > 0.01);
    CHECK(Lpips({wrapped}).distance(a, b).total == distance);
}

TEST_CASE("files that do not fit are refused with what is wrong") {
    auto file = small_alex();
    file->remove("features.8.bias");
    CHECK(says(refusal({file}), "1 missing (features.8.bias)"));
    file = small_alex();
    file->remove("lin3.model.1.weight");
    file->add("lin3.model.1.weight", {1, 5, 1, 1});
    CHECK(says(refusal({file}), "lin3.model.1.weight is 1x5x1x1 and not 1x4x1x1"));
    file = small_alex();
    file->add("stranger", {1});
    CHECK(says(refusal({file}), "1 unexpected (stranger)"));
    file = small_alex();
    file->remove("features.10.weight");
    file->add_repeated("features.10.weight", {1 << 20, 4, 3, 3});  // a gigabyte out of four bytes
    CHECK(says(refusal({file}), "features.10.weight has 1048576 filters"));
    auto empty = std::make_shared<test::MemoryCheckpoint>("empty.pth");
    empty->add("weight", {1});
    CHECK(says(refusal({empty}), "empty.pth is neither an LPIPS nor the backbone of one"));
    CHECK(says(refusal({}), "one file or two"));
}

TEST_CASE("a damaged file is read or refused") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    std::ifstream file(*folder / "lpips_alex_micro_module.pth", std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    cv::RNG random(5);
    int refused = 0;
    constexpr int kRounds = 400;
    for (int round = 0; round < kRounds; ++round) {
        std::string bytes = whole;
        if (round % 4 == 0) {
            bytes.resize(
                static_cast<std::size_t>(random.uniform(0, static_cast<int>(whole.size()))));
        }
        for (int hit = random.uniform(1, 6); hit > 0 && !bytes.empty(); --hit) {
            // Names, shapes and the list of members lie at the two ends.
            const int length = static_cast<int>(bytes.size()), near = std::min(length, 3000);
            const int at = random.uniform(0, near);
            const bool from_end = random.uniform(0, 2) == 1;
            bytes[static_cast<std::size_t>(from_end ? length - 1 - at : std::min(at, length - 1))] =
                static_cast<char>(random.uniform(0, 256));
        }
        try {
            const Lpips lpips({parse_checkpoint(std::as_bytes(std::span(bytes)), "damaged.pth")});
            lpips.distance(noise(40, 40, 1), noise(40, 40, 2));
        } catch (const Error&) {
            ++refused;
        }
    }
    CHECK(refused > kRounds / 2);
}

TEST_CASE("a scaling layer that divides by nothing is refused") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    const auto module = read_checkpoint(*folder / "lpips_alex_micro_module.pth");
    auto broken = std::make_shared<test::MemoryCheckpoint>("broken.pth");
    for (const TensorEntry& tensor : module->tensors()) {
        if (tensor.key != "scaling_layer.scale") {
            broken->add(tensor.key, tensor.shape, to_floats(tensor));
        }
    }
    broken->add("scaling_layer.scale", {1, 3, 1, 1}, {1, 0, 1});
    const Lpips lpips({broken});
    CHECK_THROWS_WITH_AS(lpips.distance(noise(64, 64, 1), noise(64, 64, 2)),
                         doctest::Contains("scaling layer divides by 0"), ModelError);
}

TEST_CASE("the same picture has distance 0 and the order does not count") {
    const Lpips lpips({small_alex()});
    const cv::Mat a = noise(61, 47, 1), b = noise(61, 47, 2);
    CHECK(lpips.distance(a, a.clone()).total == 0);
    CHECK(lpips.distance(a, b).total == doctest::Approx(lpips.distance(b, a).total));
    cv::Mat little = a.clone();
    cv::GaussianBlur(a, little, {3, 3}, 0.5);
    CHECK(lpips.distance(a, little).total < lpips.distance(a, b).total);
}

TEST_CASE("a distance does not depend on the sizes that came before") {
    const Lpips lpips({small_alex()});
    std::vector<double> alone, after;
    for (int round = 0; round < 2; ++round) {
        for (int side = 40; side < 52; ++side) {  // more sizes than are kept
            (round == 0 ? alone : after)
                .push_back(lpips.distance(noise(side, 40, 1), noise(side, 40, 2)).total);
        }
    }
    CHECK(alone == after);
}

TEST_CASE("pictures that are too small or do not match are refused") {
    const Lpips lpips({small_alex()});
    CHECK(lpips.least_side() == 31);
    CHECK(lpips.distance(noise(31, 31, 1), noise(31, 31, 2)).taps.size() == 5);
    CHECK_THROWS_WITH_AS(
        lpips.distance(noise(31, 30, 1), noise(31, 30, 2)),
        doctest::Contains("cannot compare pictures of 31x30 pixels: it needs at least 31"),
        ModelError);
    CHECK_THROWS_AS(lpips.distance(noise(40, 40, 1), noise(41, 40, 2)), ModelError);
    CHECK_THROWS_AS(lpips.distance(cv::Mat(), cv::Mat()), ModelError);
    cv::Mat gray(40, 40, CV_8UC1, cv::Scalar(0));
    CHECK_THROWS_AS(lpips.distance(gray, gray), ModelError);
}

TEST_CASE("the least sides are the least ones") {
    const auto folder = test::shared_file("weights");
    if (!folder) {
        return;
    }
    const Lpips squeeze(std::vector<fs::path>{*folder / "lpips_v0.1_squeezenet_full.pth"});
    CHECK(squeeze.least_side() == 17);
    CHECK(squeeze.distance(noise(17, 17, 1), noise(17, 17, 2)).total > 0);
    CHECK_THROWS_AS(squeeze.distance(noise(16, 40, 1), noise(16, 40, 2)), ModelError);
}

TEST_CASE("a model that is not there is told with the remedy") {
    const test::TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(find_lpips_files({folder / "absent.pth"}),
                         doctest::Contains("there is no such file"), ModelError);
}
