// RTMPose against MMPose 1.3.2: SimCC logits, the backbone's stages, the head and its attention
// unit, for weights that follow from a formula. Tolerances are multiples of the error that MMPose
// itself makes in float32 against float64 (`fp32_error`): two ways to round are that far apart.
#include "support/doctest_with_torch.h"

#include <fstream>
#include <string>
#include <vector>

#include <c10/core/InferenceMode.h>

#include "backends.h"
#include "formula_checkpoint.h"
#include "models/networks/rtm/load.h"
#include "rtm_fixtures.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

constexpr double kRoundings = 4;

// The first `count` crops as the network wants them: N x 3 x H x W, RGB, normalized.
at::Tensor network_crops(const at::Tensor& bgr, std::int64_t count) {
    const at::Tensor mean = at::tensor({123.675F, 116.28F, 103.53F}).view({1, 3, 1, 1});
    const at::Tensor deviation = at::tensor({58.395F, 57.12F, 57.375F}).view({1, 3, 1, 1});
    return (bgr.narrow(0, 0, count).flip(1).to(at::kFloat) - mean) / deviation;
}

struct PoseCase {
    std::string model;
    std::int64_t crops;  ///< how many of the fixture's are run
    std::string name;    ///< that the architecture must be given
};

struct Fixture {
    test::SafeTensors expected;
    nlohmann::json errors;  ///< fp32_error
    at::Tensor input;
};

// The reference's tensor for our output: what the network gives is 1 x H x W x C or 1 x K x 1 x C.
void check_value(const std::string& name, const at::Tensor& actual, const Fixture& fixture) {
    CAPTURE(name);
    const double tolerance =
        kRoundings * fixture.errors.at(name).at("fp32_vs_fp64_maxabs").get<double>();
    const at::Tensor nchw = actual.permute({0, 3, 1, 2});
    // The reference has some values for fewer crops than were run, or for more.
    const auto error = [&](const at::Tensor& ours, const at::Tensor& theirs) {
        const auto count = std::min(ours.size(0), theirs.size(0));
        REQUIRE(ours.sizes().slice(1) == theirs.sizes().slice(1));
        return test::worst(ours.narrow(0, 0, count), theirs.narrow(0, 0, count));
    };
    const auto find = [&](const std::string& suffix) {
        const auto found = fixture.expected.find(name + suffix);
        return found == fixture.expected.end() ? at::Tensor() : test::to_tensor(found->second);
    };
    if (const at::Tensor whole = find(""); whole.defined()) {
        CHECK(error(whole.dim() == 3 ? actual.squeeze(2) : nchw, whole) < tolerance);
    }
    if (const at::Tensor slice = find("_slice"); slice.defined()) {
        const std::int64_t step = std::max<std::int64_t>(1, nchw.size(1) / 8);
        CHECK(error(nchw.slice(1, 0, {}, step).slice(2, 0, {}, 4).slice(3, 0, {}, 4), slice) <
              tolerance);
    }
    if (const at::Tensor mean = find("_chmean"); mean.defined()) {
        CHECK(error(nchw.mean({2, 3}), mean) < tolerance);
        CHECK(error(nchw.std({2, 3}, /*unbiased=*/false), find("_chstd")) < tolerance);
    }
}

void check_parity(const PoseCase& which) {
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const bool large = which.model.ends_with("384x288");
    const auto recipe = *folder / ("recipe_" + which.model + ".json");
    const test::MemoryCheckpoint checkpoint = test::formula_checkpoint(recipe);
    std::ifstream facts(*folder / "rtmpose_expected.json");
    Fixture fixture{
        .expected = test::read_safetensors(*folder / (which.model + "_expected.safetensors")),
        .errors = nlohmann::json::parse(facts).at("models").at(which.model).at("fp32_error"),
        .input = {}};
    const auto crops =
        test::read_safetensors(*folder / (large ? "rtmpose_input_384x288.safetensors"
                                                : "rtmpose_input_256x192.safetensors"));
    fixture.input = network_crops(test::to_tensor(crops.at("crop_bgr_u8")), which.crops);

    RtmOptions options;
    options.taps = {"backbone_stem",       "backbone_stage1", "backbone_stage2",
                    "backbone_stage3",     "backbone_stage4", "head_final_layer",
                    "head_mlp0_scalenorm", "head_mlp1",       "gau_ln",
                    "gau_uv_silu",         "gau_u_av",        "gau_out"};
    const auto tapped = load_rtmpose(checkpoint, options);
    CHECK(to_string(tapped.architecture) == which.name);
    CHECK(tapped.keys.complete());
    const auto plain = load_rtmpose(checkpoint);
    const bool small = which.crops > 1;
    for (const auto& [backend, network] : test::backends(tapped.graph, small)) {
        CAPTURE(backend);
        const auto results = network->forward(fixture.input);
        for (std::size_t i = 0; i < results.size(); ++i) {
            check_value(network->outputs()[i].name, results[i], fixture);
        }
    }
    // What production runs has only the two outputs.
    for (const auto& [backend, network] : test::backends(plain.graph, false)) {
        CAPTURE(backend);
        const auto results = network->forward(fixture.input);
        REQUIRE(results.size() == 2);
        check_value("simcc_x", results[0], fixture);
        check_value("simcc_y", results[1], fixture);
    }
}

}  // namespace

TEST_CASE("rtmpose micro gives the reference's values at every stage") {
    check_parity({"rtmpose_micro", 5, "rtmpose-micro 256x192, 17 keypoints"});
}

TEST_CASE("rtmpose t gives the reference's values at every stage") {
    check_parity({"rtmpose_t", 5, "rtmpose-t 256x192, 17 keypoints"});
}

TEST_CASE("rtmpose s gives the reference's values at every stage") {
    check_parity({"rtmpose_s", 5, "rtmpose-s 256x192, 17 keypoints"});
}

TEST_CASE("rtmpose m gives the reference's values at every stage") {
    check_parity({"rtmpose_m", 1, "rtmpose-m 256x192, 17 keypoints"});
}

TEST_CASE("rtmpose l gives the reference's values at every stage") {
    check_parity({"rtmpose_l", 1, "rtmpose-l 256x192, 17 keypoints"});
}

TEST_CASE("rtmpose m for large crops gives the reference's values at every stage") {
    check_parity({"rtmpose_m_384x288", 1, "rtmpose-m 384x288, 17 keypoints"});
}

TEST_CASE("rtmpose l for large crops gives the reference's values at every stage") {
    check_parity({"rtmpose_l_384x288", 1, "rtmpose-l 384x288, 17 keypoints"});
}
