// U-2-Net and Graphonomy against their public code: every value that the reference data stores, in
// even and odd sizes. Tolerance: four times the reference's own float32 error, and never below
// three millionths of the largest value, which is about what folding the normalizations costs.
#include "support/doctest_with_torch.h"

#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "comparison.h"
#include "formula_checkpoint.h"
#include "models/networks/deeplabv3plus/deeplabv3plus.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/u2net/u2net.h"
#include "rtm_fixtures.h"
#include "support/shared_data.h"

using namespace closet;
using test::Comparison, test::check_batch, test::every, test::nchw_of, test::options_for,
    test::runners;

namespace {

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

namespace {

/// Everything that the reference data has of a picture, out of values of these labels.
void check_deeplab(Comparison& comparison, const std::string& picture,
                   const std::vector<std::string>& taps, const std::vector<at::Tensor>& results) {
    const std::string at = picture + ".";
    comparison.check(at + "semantic", nchw_of(results[0]));
    for (std::size_t i = 0; i < taps.size(); ++i) {
        const at::Tensor value = nchw_of(results[i + 1]);
        if (taps[i] == "logits") {
            comparison.check(at + "logits_slice", every(value, 1, 4));
            CHECK(value.argmax(1).to(at::kByte).equal(
                test::to_tensor(comparison.expected().at(at + "labels"))));
            continue;
        }
        comparison.check(at + taps[i] + "_chmean", value.mean({2, 3}));
        comparison.check(at + taps[i] + "_chstd", value.std(c10::IntArrayRef{2, 3}, false));
        if (comparison.expected().contains(at + taps[i] + "_slice")) {
            comparison.check(at + taps[i] + "_slice",
                             every(value, std::max<std::int64_t>(value.size(1) / 16, 1),
                                   value.size(2) > 12 ? 2 : 1));
        }
    }
}

void check_deeplab_model(const std::string& model, const std::vector<std::string>& backbone_taps,
                         const std::string& text) {
    CAPTURE(model);
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const auto pictures = test::read_safetensors(*folder / "deeplabv3plus_input.safetensors");
    const test::MemoryCheckpoint checkpoint =
        test::formula_checkpoint(*folder / ("recipe_" + model + ".json"));
    std::vector<std::string> taps{"logits",  "stem",  "low_level", "out",
                                  "project", "aspp0", "aspp1",     "aspp2",
                                  "aspp3",   "aspp4", "aspp",      "classifier_conv"};
    taps.insert(taps.end(), backbone_taps.begin(), backbone_taps.end());
    Comparison comparison(*folder, model);
    for (const std::string picture : {"a", "odd"}) {
        CAPTURE(picture);
        const at::Tensor input = test::to_tensor(pictures.at(picture + ".input"));
        const DeepLab loaded = load_deeplab(checkpoint, options_for(input, taps));
        CHECK(loaded.keys.complete());
        CHECK(loaded.keys.parameters == comparison.facts().at("parameters").get<std::int64_t>());
        CHECK(to_string(loaded.architecture).starts_with(text));
        for (const auto& [runner, network] : runners(loaded.graph)) {
            CAPTURE(runner);
            check_deeplab(comparison, picture, taps, network->forward(input));
        }
    }
    CHECK(comparison.compared() >= 60);
}

}  // namespace

TEST_CASE("DeepLabV3+ gives the reference's values on both backbones") {
    check_deeplab_model("deeplabv3plus_mobilenet_voc", {"block6"}, "deeplabv3plus-mobilenet ");
    check_deeplab_model("deeplabv3plus_resnet101_voc", {"layer2", "layer3"},
                        "deeplabv3plus-resnet101 ");
}

TEST_CASE("a small DeepLabV3+ loads from the published layout and gives the same in a batch") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const c10::InferenceMode inference;
    const at::Tensor input = test::to_tensor(
        test::read_safetensors(*folder / "deeplabv3plus_input.safetensors").at("odd.input"));
    Comparison comparison(*folder, "deeplabv3plus_mobilenet_voc");
    const DeepLab loaded = load_deeplab(
        *read_checkpoint(*folder / "deeplabv3plus_mobilenet_small_published_legacy.pth"),
        options_for(input, {"logits"}));
    CHECK(loaded.keys.complete());
    const double error = comparison.facts()
                             .at("small")
                             .at("float32_vs_float64_max_error")
                             .at("small.logits_slice")
                             .get<double>();
    for (const auto& [runner, network] : runners(loaded.graph)) {
        CAPTURE(runner);
        comparison.check("small.logits_slice", every(nchw_of(network->forward(input)[1]), 1, 4),
                         error);
    }
    check_batch(load_deeplab(*read_checkpoint(*folder /
                                              "deeplabv3plus_mobilenet_small_published_legacy.pth"),
                             options_for(input, {}))
                    .graph,
                input);
}
