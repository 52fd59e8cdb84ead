// MobileSAM against its public code: every value that the reference data stores. Tolerances: see
// Comparison.
#include "support/doctest_with_torch.h"

#include <string>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "comparison.h"
#include "core/error.h"
#include "formula_checkpoint.h"
#include "infer/cutter/resample.h"
#include "models/functional/mobile_sam.h"
#include "support/shared_data.h"

using namespace closet;
using test::every;

namespace {

std::optional<std::filesystem::path> sam_folder() {
    return test::shared_file("fixtures/zoo-segmentation");
}

/// The reference's picture at the network's size, before it is normalized.
struct SamPicture {
    at::Tensor bytes;  ///< 1 x 3 x 678 x 1024
    double x_scale = 1, y_scale = 1;

    SamPicture() {
        const at::Tensor rgb = test::to_tensor(
            test::read_safetensors(*sam_folder() / "mobile_sam_input.safetensors").at("rgb_u8"));
        at::Tensor rows = rgb[0].permute({1, 2, 0}).contiguous();
        const cv::Mat picture(static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1)),
                              CV_8UC3, rows.data_ptr());
        const cv::Mat resized = resample(picture, {1024, 678}, ResampleFilter::kBilinear);
        bytes = at::from_blob(resized.data, {1, resized.rows, resized.cols, 3}, at::kByte)
                    .clone()
                    .permute({0, 3, 1, 2});
        x_scale = 1024.0 / picture.cols;
        y_scale = 678.0 / picture.rows;
    }

    at::Tensor input() const { return mobile_sam_input(bytes); }

    SamPrompt prompt(const nlohmann::json& facts) const {
        SamPrompt prompt;
        const auto x = [&](const nlohmann::json& at) {
            return static_cast<float>(at.get<double>() * x_scale);
        };
        const auto y = [&](const nlohmann::json& at) {
            return static_cast<float>(at.get<double>() * y_scale);
        };
        for (std::size_t i = 0; facts.contains("points") && i < facts.at("points").size(); ++i) {
            const auto& point = facts.at("points").at(i);
            prompt.points.push_back(
                {x(point.at(0)), y(point.at(1)), facts.at("labels").at(i) == 1});
        }
        if (facts.contains("box")) {
            const auto& box = facts.at("box");
            prompt.box = {x(box[0]), y(box[1]), x(box[2]), y(box[3])};
        }
        return prompt;
    }
};

void check_encoder(test::Comparison& comparison, const MobileSamTaps& taps,
                   const at::Tensor& embedding) {
    comparison.check(
        "patch_embed_slice",
        taps.at("patch_embed").slice(1, 0, {}, 16).slice(2, 0, {}, 32).slice(3, 0, {}, 32));
    for (const std::string name : {"layer0", "layer1_block0", "layer1", "layer2", "layer3"}) {
        const at::Tensor value = taps.at(name).permute({0, 2, 3, 1});
        const std::int64_t step = value.size(1) / 8;
        comparison.check(
            name + "_slice",
            value.slice(1, 0, {}, step).slice(2, 0, {}, step).slice(3, 0, {}, value.size(3) / 16));
        comparison.check(name + "_chmean", value.mean({1, 2}));
        comparison.check(name + "_chstd", value.std(c10::IntArrayRef{1, 2}, false));
    }
    comparison.check("embedding_slice",
                     embedding.slice(1, 0, {}, 16).slice(2, 0, {}, 8).slice(3, 0, {}, 8));
    comparison.check("embedding_last_rows",
                     embedding.slice(1, 0, {}, 64).slice(2, 40, 48, 2).slice(3, 0, {}, 4));
    comparison.check("embedding_chmean", embedding.mean({2, 3}));
    comparison.check("embedding_chstd", embedding.std(c10::IntArrayRef{2, 3}, false));
}

}  // namespace

TEST_CASE("MobileSAM gives the reference's values for points, boxes and masks") {
    if (!sam_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    test::Comparison comparison(*sam_folder(), "mobile_sam");
    const MobileSamNetwork network =
        load_mobile_sam(test::formula_checkpoint(*sam_folder() / "recipe_mobile_sam.json"));
    CHECK(to_string(network.architecture) == "mobile-sam 1024x1024, 4 masks");
    CHECK(network.keys.complete());
    CHECK(network.architecture == MobileSamArchitecture());
    // The reference counts TinyViT's unused head (320 to 1000 and a normalization), and no buffer.
    CHECK(network.keys.parameters - 256 + 2 * 320 + 321 * 1000 ==
          comparison.facts().at("parameters").get<std::int64_t>());

    const SamPicture picture;
    comparison.check("resized_slice", every(picture.bytes, 1, 32).to(at::kFloat), 0);
    MobileSamTaps taps;
    const at::Tensor embedding = mobile_sam_embedding(network, picture.input(), &taps);
    check_encoder(comparison, taps, embedding);
    comparison.check(
        "dense_pe_slice",
        mobile_sam_cell_places(network).slice(1, 0, {}, 16).slice(2, 0, {}, 8).slice(3, 0, {}, 8));
    const auto& prompts = comparison.facts().at("prompts_picture_pixels");
    at::Tensor first;
    for (const std::string name : {"point", "box", "points_box", "point_mask"}) {
        CAPTURE(name);
        const auto& facts = prompts.at(name);
        SamPrompt prompt = picture.prompt(facts);
        if (facts.contains("mask_input")) {
            prompt.mask = first;
        }
        const SamPromptEmbedding embedded = embed_prompt(network, prompt);
        const SamMasks masks = mobile_sam_masks(network, embedding, embedded);
        const bool several = facts.at("multimask").get<bool>();
        const at::Tensor logits = several ? masks.logits.slice(1, 1) : masks.logits.slice(1, 0, 1);
        first = first.defined() ? first : logits.slice(1, 0, 1);
        comparison.check(name + ".sparse", embedded.sparse);
        comparison.check(name + ".low_res_slice", every(logits, 1, 4));
        comparison.check(name + ".iou",
                         several ? masks.scores.slice(1, 1) : masks.scores.slice(1, 0, 1));
        const at::Tensor large = mobile_sam_logits_at_picture(logits, {678, 1024}, {106, 160});
        comparison.check(name + ".logits_picture_slice", every(large, 1, 4));
        const at::Tensor mask = test::to_tensor(comparison.expected().at(name + ".mask"));
        constexpr std::int64_t kNearlyZero = 4;  // pixels whose logits rounding may turn
        CHECK(((large > 0) != mask.to(at::kBool)).sum().item<std::int64_t>() <= kNearlyZero);
        if (facts.contains("mask_input")) {
            comparison.check(
                name + ".dense_slice",
                embedded.dense.slice(1, 0, {}, 32).slice(2, 0, {}, 8).slice(3, 0, {}, 8));
        }
    }
    CHECK(comparison.compared() == 39);
}

TEST_CASE("a small MobileSAM loads from the published layout and gives the reference's masks") {
    if (!sam_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    test::Comparison comparison(*sam_folder(), "mobile_sam");
    const auto& facts = comparison.facts().at("small");
    const MobileSamNetwork network =
        load_mobile_sam(*read_checkpoint(*sam_folder() / "mobile_sam_small_published_zip.pth"));
    CHECK(network.keys.complete());
    CHECK(to_string(network.architecture) == "mobile-sam of other widths 1024x1024, 4 masks");
    const double error = facts.at("tolerance").get<double>() / 4;
    const SamPicture picture;
    const at::Tensor embedding = mobile_sam_embedding(network, picture.input());
    comparison.check("small.embedding_slice",
                     embedding.slice(1, 0, {}, 4).slice(2, 0, {}, 8).slice(3, 0, {}, 8), error);
    const SamPrompt prompt = picture.prompt({{"points", {{80, 40}}}, {"labels", {1}}});
    const SamMasks masks = mobile_sam_masks(network, embedding, embed_prompt(network, prompt));
    comparison.check("small.point.low_res_slice", every(masks.logits.slice(1, 1), 1, 4), error);
    comparison.check("small.point.iou", masks.scores.slice(1, 1), error);

    // A batch of three gives what each picture alone gives.
    const at::Tensor input = picture.input();
    const at::Tensor together =
        mobile_sam_embedding(network, at::cat({input, input.flip({3}), input * 0.5F}));
    constexpr double kRounding = 1e-5;  // products of matrices depend on how many rows there are
    CHECK(test::worst(together[0], embedding[0]) < kRounding);
    CHECK(test::worst(together[1], mobile_sam_embedding(network, input.flip({3}))[0]) < kRounding);
    CHECK(test::worst(together[2], mobile_sam_embedding(network, input * 0.5F)[0]) < kRounding);

    CHECK_THROWS_WITH_AS(mobile_sam_embedding(network, at::zeros({1, 3, 512, 1024})),
                         doctest::Contains("3 x 1024 x 1024"), ModelError);
    CHECK_THROWS_WITH_AS(embed_prompt(network, {}), doctest::Contains("a point or a box"),
                         ModelError);
    SamPrompt wrong = prompt;
    wrong.mask = at::zeros({1, 1, 64, 64});
    CHECK_THROWS_WITH_AS(embed_prompt(network, wrong), doctest::Contains("256 x 256"), ModelError);
}
