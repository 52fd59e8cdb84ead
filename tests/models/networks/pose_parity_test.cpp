// HRNet and OpenPose's body network against their public code: every value that the reference data
// stores. Tolerances: see Comparison.
#include "support/doctest_with_torch.h"

#include <fstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "comparison.h"
#include "formula_checkpoint.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/openpose/openpose.h"
#include "support/shared_data.h"

using namespace closet;
using test::check_batch, test::every, test::nchw_of, test::options_for, test::runners;

namespace {

std::optional<std::filesystem::path> folder() {
    return test::shared_file("fixtures/zoo-pose-face");
}

nlohmann::json json_of(const std::filesystem::path& path) {
    return nlohmann::json::parse(std::ifstream(path));
}

at::Tensor body_crops(const std::filesystem::path& file) {
    const auto rgb = test::to_tensor(test::read_safetensors(file).at("crop_rgb_u8"));
    const at::Tensor mean = at::tensor({123.675F, 116.28F, 103.53F}).view({1, 3, 1, 1});
    const at::Tensor deviation = at::tensor({58.395F, 57.12F, 57.375F}).view({1, 3, 1, 1});
    return (rgb.to(at::kFloat) - mean) / deviation;
}

const std::vector<std::string> kHrnetTaps{"stem",      "layer1",    "stage2_b0", "stage2_b1",
                                          "stage3_b0", "stage3_b1", "stage3_b2", "stage4_b0"};

void check_hrnet(test::Comparison& comparison, const std::vector<at::Tensor>& results) {
    comparison.check("heatmap", nchw_of(results[0]));
    for (std::size_t i = 0; i < kHrnetTaps.size(); ++i) {
        const at::Tensor value = nchw_of(results[i + 1]);
        const std::string& tap = kHrnetTaps[i];
        comparison.check(tap + "_chmean", value.mean({2, 3}));
        comparison.check(tap + "_chstd", value.std(c10::IntArrayRef{2, 3}, true));
        comparison.check(tap + "_slice",
                         every(value, std::max<std::int64_t>(value.size(1) / 8, 1), 4));
    }
}

/// A checkpoint, whose outputs are those of `recipe`'s weights.
void check_hrnet_of(const Checkpoint& checkpoint, const std::string& model,
                    const std::string& text) {
    CAPTURE(model);
    const nlohmann::json facts = json_of(*folder() / "hrnet_expected.json").at("models").at(model);
    const at::Tensor input = body_crops(*folder() / fmt::format("hrnet_input_{}x{}.safetensors",
                                                                facts.at("input")[0].get<int>(),
                                                                facts.at("input")[1].get<int>()));
    test::Comparison comparison(
        test::read_safetensors(*folder() / (model + "_expected.safetensors")), facts);
    const Hrnet loaded = load_hrnet(checkpoint, options_for(input, kHrnetTaps));
    CHECK(loaded.keys.complete());
    CHECK(loaded.keys.parameters == facts.at("params").get<std::int64_t>());
    CHECK(to_string(loaded.architecture) == text);
    for (const auto& [runner, network] : runners(loaded.graph)) {
        CAPTURE(runner);
        check_hrnet(comparison, network->forward(input));
    }
    CHECK(comparison.compared() >= 25);
}

}  // namespace

TEST_CASE("HRNets of every size give the reference's heat maps") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    check_hrnet_of(test::formula_checkpoint(*folder() / "recipe_hrnet_w32.json"), "hrnet_w32",
                   "hrnet-w32 256x192, 17 keypoints");
    check_hrnet_of(test::formula_checkpoint(*folder() / "recipe_hrnet_w48_384x288.json"),
                   "hrnet_w48_384x288", "hrnet-w48 384x288, 17 keypoints");
}

TEST_CASE("both published layouts of an HRNet load and give the same, alone and in a batch") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    for (const char* const file :
         {"hrnet_micro_published.pth", "hrnet_micro_mmpose_published.pth"}) {
        CAPTURE(file);
        const auto checkpoint = read_checkpoint(*folder() / file);
        check_hrnet_of(*checkpoint, "hrnet_micro", "hrnet-w4 of other depth 256x192, 17 keypoints");
        const at::Tensor input = body_crops(*folder() / "hrnet_input_256x192.safetensors");
        check_batch(load_hrnet(*checkpoint).graph, input);
    }
}

TEST_CASE("OpenPose's body network gives the reference's maps") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const at::Tensor bgr =
        test::to_tensor(test::read_safetensors(*folder() / "openpose_body_input.safetensors")
                            .at("net_input_u8_bgr"));
    const at::Tensor input = bgr.to(at::kFloat) / 256 - 0.5F;
    const nlohmann::json facts = json_of(*folder() / "openpose_body_expected.json");
    test::Comparison comparison(
        test::read_safetensors(*folder() / "openpose_body_expected.safetensors"), facts);
    const std::vector<std::string> taps{"pool1",    "model0",   "model1_1",
                                        "model1_2", "model2_1", "model2_2"};
    const OpenPoseNetwork loaded =
        load_openpose(test::formula_checkpoint(*folder() / "recipe_openpose_body.json"),
                      options_for(input, taps));
    CHECK(loaded.keys.complete());
    CHECK(loaded.keys.parameters == facts.at("params").get<std::int64_t>());
    CHECK(to_string(loaded.architecture) == "openpose-body 96x72, 18 keypoints");
    for (const auto& [runner, network] : runners(loaded.graph)) {
        CAPTURE(runner);
        const auto results = network->forward(input);
        comparison.check("paf_out_model6_1", nchw_of(results[0]));
        comparison.check("heat_out_model6_2", nchw_of(results[1]));
        comparison.check("pool1_slice", every(nchw_of(results[2]), 8, 4));
        comparison.check("model0", every(nchw_of(results[3]), 8, 1));
        for (std::size_t i = 4; i < results.size(); ++i) {
            comparison.check(taps[i - 2], nchw_of(results[i]));
        }
    }
    CHECK(comparison.compared() >= 8);
}

TEST_CASE("the published layout of OpenPose loads and gives the same in a batch") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const auto checkpoint = read_checkpoint(*folder() / "openpose_body_micro_published.pth");
    const at::Tensor bgr =
        test::to_tensor(test::read_safetensors(*folder() / "openpose_body_input.safetensors")
                            .at("net_input_u8_bgr"));
    const at::Tensor input = bgr.to(at::kFloat) / 256 - 0.5F;
    const OpenPoseNetwork loaded = load_openpose(*checkpoint, options_for(input, {}));
    CHECK(loaded.keys.complete());
    const auto expected =
        test::read_safetensors(*folder() / "openpose_body_micro_expected.safetensors");
    for (const auto& [runner, network] : runners(loaded.graph)) {
        CAPTURE(runner);
        const auto results = network->forward(input);
        constexpr double kTolerance = 2e-6;
        CHECK(test::worst(nchw_of(results[0]), test::to_tensor(expected.at("paf"))) < kTolerance);
        CHECK(test::worst(nchw_of(results[1]), test::to_tensor(expected.at("heat"))) < kTolerance);
    }
    check_batch(loaded.graph, input);
}
