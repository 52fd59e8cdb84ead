// U-2-Net and Graphonomy against their public code: every value that the reference data stores, in
// even and odd sizes. Tolerance: four times the reference's own float32 error, and never below two
// millionths of the largest value, which is about what folding the normalizations costs.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "formula_checkpoint.h"
#include "models/aten/network.h"
#include "models/network.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/u2net/u2net.h"
#include "models/nhwc/network.h"
#include "rtm_fixtures.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

struct Runner {
    std::string name;
    std::shared_ptr<const Network> network;
};

/// LibTorch's operators, and the own kernels where they serve the graph.
std::vector<Runner> runners(const NetworkGraph& graph) {
    std::vector<Runner> all{{"LibTorch", std::make_shared<AtenNetwork>(graph, NetworkOptions{})}};
    const NhwcKernels* const kernels = nhwc_kernels();
    if (kernels != nullptr && nhwc_supports(graph)) {
        all.push_back({"own kernels", std::make_shared<NhwcNetwork>(graph, *kernels)});
    }
    return all;
}

/// What a network gave and what it should have given, under the names of the reference data.
class Comparison {
  public:
    Comparison(const std::filesystem::path& folder, const std::string& model)
        : expected_(test::read_safetensors(folder / (model + "_expected.safetensors"))),
          facts_(nlohmann::json::parse(std::ifstream(folder / (model + "_expected.json")))) {}

    const test::SafeTensors& expected() const { return expected_; }
    const nlohmann::json& facts() const { return facts_; }

    void check(const std::string& name, const at::Tensor& ours) {
        check(name, ours, facts_.at("float32_vs_float64_max_error").at(name).get<double>());
    }
    void check(const std::string& name, const at::Tensor& ours, double error) {
        CAPTURE(name);
        const at::Tensor theirs = test::to_tensor(expected_.at(name));
        REQUIRE(ours.sizes() == theirs.sizes());
        constexpr double kRoundings = 4;
        constexpr double kLastDigits = 2e-6;
        const double size = std::max(1.0, theirs.abs().max().item<double>());
        CHECK(test::worst(ours, theirs) <= std::max(kRoundings * error, kLastDigits * size));
        ++compared_;
    }
    std::size_t compared() const { return compared_; }

  private:
    test::SafeTensors expected_;
    nlohmann::json facts_;
    std::size_t compared_ = 0;
};

at::Tensor every(const at::Tensor& nchw, std::int64_t channel, std::int64_t pixel) {
    return nchw.slice(1, 0, {}, channel).slice(2, 0, {}, pixel).slice(3, 0, {}, pixel);
}

/// N x H x W x C as N x C x H x W.
at::Tensor nchw_of(const at::Tensor& nhwc) {
    return nhwc.permute({0, 3, 1, 2});
}

LoadOptions options_for(const at::Tensor& input, std::vector<std::string> taps) {
    return {.allow_partial = false,
            .input = std::pair{input.size(3), input.size(2)},
            .taps = std::move(taps)};
}

const std::vector<std::string> kU2NetTaps{"d1",      "d2",      "d3",      "d4",      "d5",
                                          "d6",      "stage1",  "stage2",  "stage3",  "stage4",
                                          "stage5",  "stage6",  "stage5d", "stage4d", "stage3d",
                                          "stage2d", "stage1d", "side6",   "outconv"};

void check_u2net(Comparison& comparison, const std::string& picture,
                 const std::vector<at::Tensor>& results) {
    const std::string at = picture + ".";
    comparison.check(at + "d0", nchw_of(results[0]));
    for (std::size_t i = 0; i < kU2NetTaps.size(); ++i) {
        const std::string& tap = kU2NetTaps[i];
        const at::Tensor value = nchw_of(results[i + 1]);
        if (tap.starts_with("d")) {
            comparison.check(at + tap + "_slice", every(value, 1, 4));
        } else if (tap == "side6") {
            comparison.check(at + tap, value);
        } else if (tap == "outconv") {
            comparison.check(at + tap + "_slice", every(value, 1, 2));
        } else if (tap == "stage1" || tap == "stage2" || tap == "stage1d") {
            comparison.check(at + tap + "_slice", every(value, 8, 4));
        } else {
            comparison.check(at + tap + "_chmean", value.mean({2, 3}));
            comparison.check(at + tap + "_chstd", value.std(c10::IntArrayRef{2, 3}, false));
            if (tap == "stage6") {
                comparison.check(at + tap + "_slice", every(value, 8, 1));
            }
        }
    }
}

void check_u2net_model(const std::string& model, const std::string& inputs,
                       const std::string& text) {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const auto pictures = test::read_safetensors(*folder / (inputs + "_input.safetensors"));
    const test::MemoryCheckpoint checkpoint =
        test::formula_checkpoint(*folder / ("recipe_" + model + ".json"));
    Comparison comparison(*folder, model);
    for (const std::string picture : {"a", "odd"}) {
        CAPTURE(picture);
        const at::Tensor input = test::to_tensor(pictures.at(picture + ".input"));
        const U2Net loaded = load_u2net(checkpoint, options_for(input, kU2NetTaps));
        CHECK(loaded.keys.complete());
        CHECK(loaded.keys.parameters == comparison.facts().at("parameters").get<std::int64_t>());
        CHECK(to_string(loaded.architecture).starts_with(text));
        for (const auto& [runner, network] : runners(loaded.graph)) {
            CAPTURE(runner);
            check_u2net(comparison, picture, network->forward(input));
        }
    }
    CHECK(comparison.compared() >= 58);
}

/// A batch of three gives what each picture alone gives.
void check_batch(const NetworkGraph& graph, const at::Tensor& input) {
    const at::Tensor batch = at::cat({input, input.flip({3}), input * 0.5F});
    for (const auto& [runner, network] : runners(graph)) {
        CAPTURE(runner);
        const at::Tensor together = network->forward(batch)[0];
        for (std::int64_t i = 0; i < 3; ++i) {
            CHECK(at::equal(together[i], network->forward(batch.narrow(0, i, 1))[0][0]));
        }
    }
}

const std::vector<std::string> kGraphonomyTaps{
    "block1",        "block3",           "block19", "block20",      "xception",
    "low_level",     "aspp_cat",         "decoder", "source_nodes", "target_nodes",
    "target_graph3", "graph_to_feature", "semantic"};

void check_graphonomy(Comparison& comparison, const std::string& picture,
                      const std::vector<at::Tensor>& results) {
    const std::string at = picture + ".";
    const auto tap = [&](const char* name) {
        const auto found = std::find(kGraphonomyTaps.begin(), kGraphonomyTaps.end(), name);
        return results[static_cast<std::size_t>(found - kGraphonomyTaps.begin()) + 1];
    };
    const auto map = [&](const char* name) { return nchw_of(tap(name)); };
    comparison.check(at + "logits_slice", every(nchw_of(results[0]), 1, 4));
    comparison.check(at + "block1_slice", every(map("block1"), 16, 2));
    comparison.check(at + "block3_slice", every(map("block3"), 52, 1));
    comparison.check(at + "block19_slice", every(map("block19"), 52, 1));
    comparison.check(at + "block20_slice", every(map("block20"), 64, 1));
    comparison.check(at + "xception_slice", every(map("xception"), 64, 1));
    comparison.check(at + "low_level_slice", every(map("low_level"), 32, 2));
    comparison.check(at + "aspp_cat_chmean", map("aspp_cat").mean({2, 3}));
    comparison.check(at + "aspp_cat_chstd", map("aspp_cat").std(c10::IntArrayRef{2, 3}, false));
    comparison.check(at + "decoder_slice", every(map("decoder"), 32, 1));
    comparison.check(at + "source_nodes", tap("source_nodes"));
    comparison.check(at + "target_nodes", tap("target_nodes"));
    comparison.check(at + "target_graph3", tap("target_graph3"));
    comparison.check(at + "graph_to_feature_pixel0", tap("graph_to_feature").flatten(1));
    comparison.check(at + "semantic", map("semantic"));
    const at::Tensor labels = test::to_tensor(comparison.expected().at(at + "labels"));
    CHECK(results[0].argmax(3).to(at::kByte).equal(labels));
}

}  // namespace

TEST_CASE("u2netp gives the reference's values") {
    check_u2net_model("u2netp", "u2net", "u2netp ");
}

TEST_CASE("u2net gives the reference's values") {
    check_u2net_model("u2net", "u2net", "u2net ");
}

TEST_CASE("u2net for clothes gives the reference's values") {
    check_u2net_model("u2net_cloth_seg", "u2net_cloth_seg", "u2net-cloth ");
}

TEST_CASE("small u2nets load from the published layouts and give the reference's maps") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const at::Tensor input = test::to_tensor(
        test::read_safetensors(*folder / "u2net_input.safetensors").at("odd.input"));
    Comparison comparison(*folder, "u2net_small");
    for (const std::string name : {"u2netp_small", "u2net_cloth_seg_small"}) {
        CAPTURE(name);
        const std::string layout = name == "u2netp_small" ? "legacy" : "zip";
        const auto loaded =
            load_u2net(*read_checkpoint(*folder / (name + "_published_" + layout + ".pth")),
                       options_for(input, {}));
        const auto& facts = comparison.facts().at(name);
        CHECK(loaded.keys.complete());
        CHECK(loaded.keys.prefix == (layout == "zip" ? "module." : ""));
        CHECK(loaded.keys.parameters == facts.at("parameters").get<std::int64_t>());
        const auto& errors = facts.at("float32_vs_float64_max_error");
        for (const auto& [runner, network] : runners(loaded.graph)) {
            CAPTURE(runner);
            comparison.check(name + ".d0", nchw_of(network->forward(input)[0]),
                             errors.at(name + ".d0").get<double>());
        }
        check_batch(loaded.graph, input);
    }
}

TEST_CASE("graphonomy gives the reference's values") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const auto pictures = test::read_safetensors(*folder / "graphonomy_cihp_input.safetensors");
    const test::MemoryCheckpoint checkpoint =
        test::formula_checkpoint(*folder / "recipe_graphonomy_cihp.json");
    Comparison comparison(*folder, "graphonomy_cihp");
    for (const std::string picture : {"a", "odd"}) {
        CAPTURE(picture);
        const at::Tensor input = test::to_tensor(pictures.at(picture + ".input"));
        const Graphonomy loaded = load_graphonomy(checkpoint, options_for(input, kGraphonomyTaps));
        CHECK(loaded.keys.complete());
        CHECK(loaded.keys.parameters == comparison.facts().at("parameters").get<std::int64_t>());
        CHECK(to_string(loaded.architecture).starts_with("graphonomy "));
        for (const auto& [runner, network] : runners(loaded.graph)) {
            CAPTURE(runner);
            const auto results = network->forward(input);
            check_graphonomy(comparison, picture, results);
            if (picture != "a") {
                continue;
            }
            at::Tensor both = results[0].clone();
            const std::int64_t half = both[0].numel();
            average_with_mirror_image(
                {both.data_ptr<float>(), static_cast<std::size_t>(half)},
                {both.data_ptr<float>() + half, static_cast<std::size_t>(half)}, both.size(2));
            const at::Tensor mean = both[0].permute({2, 0, 1});
            comparison.check("a.flip_mean_slice", every(mean.unsqueeze(0), 1, 4)[0]);
            CHECK(mean.argmax(0).to(at::kByte).equal(
                test::to_tensor(comparison.expected().at("a.flip_mean_labels"))));
        }
    }
    CHECK(comparison.compared() >= 31);
}

TEST_CASE("a small graphonomy loads from the published layout and gives the reference's logits") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const at::Tensor input = test::to_tensor(
        test::read_safetensors(*folder / "graphonomy_cihp_input.safetensors").at("odd.input"));
    Comparison comparison(*folder, "graphonomy_cihp");
    const auto loaded =
        load_graphonomy(*read_checkpoint(*folder / "graphonomy_small_published_legacy.pth"),
                        options_for(input, {}));
    CHECK(loaded.keys.complete());
    const double error = comparison.facts()
                             .at("small")
                             .at("float32_vs_float64_max_error")
                             .at("small.logits_slice")
                             .get<double>();
    for (const auto& [runner, network] : runners(loaded.graph)) {
        CAPTURE(runner);
        const auto results = network->forward(input);
        comparison.check("small.logits_slice", every(nchw_of(results[0]), 1, 4), error);
        CHECK(results[0].argmax(3).to(at::kByte).equal(
            test::to_tensor(comparison.expected().at("small.labels"))));
    }
    check_batch(loaded.graph, input);
}
