// CLIP against its public code: every value that the reference data stores. Tolerances: see
// Comparison.
#include "support/doctest_with_torch.h"

#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "comparison.h"
#include "core/error.h"
#include "formula_checkpoint.h"
#include "models/functional/clip.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

std::optional<std::filesystem::path> clip_folder() {
    return test::shared_file("fixtures/zoo-pose-face");
}

at::Tensor normalized_pictures(const at::Tensor& rgb) {
    const at::Tensor mean = at::tensor({0.48145466F, 0.4578275F, 0.40821073F}).view({1, 3, 1, 1});
    const at::Tensor deviation =
        at::tensor({0.26862954F, 0.26130258F, 0.27577711F}).view({1, 3, 1, 1});
    return (rgb.to(at::kFloat) / 255 - mean) / deviation;
}

at::Tensor token_rows(const test::SafeTensor& stored) {
    return at::tensor(stored.as<std::int32_t>(), at::kLong).view(stored.shape);
}

at::Tensor unit(const at::Tensor& rows) {
    return rows / rows.norm(2, {1}, /*keepdim=*/true);
}

/// Picture and text of the small network, and what its public code makes of them.
void check_micro(const ClipNetwork& clip, const std::string& suffix) {
    const auto expected =
        test::read_safetensors(*clip_folder() / "clip_micro_expected.safetensors");
    constexpr double kTolerance = 2e-6;  // of values up to 3
    const at::Tensor picture = test::to_tensor(expected.at("image"));
    const at::Tensor tokens = token_rows(expected.at("tokens"));
    CHECK(test::worst(clip_image_features(clip, picture),
                      test::to_tensor(expected.at("image_features" + suffix))) < kTolerance);
    CHECK(test::worst(clip_text_features(clip, tokens),
                      test::to_tensor(expected.at("text_features" + suffix))) < kTolerance);
}

}  // namespace

TEST_CASE("CLIP ViT-B/32 gives the reference's values for pictures and texts") {
    if (!clip_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const auto input = test::read_safetensors(*clip_folder() / "clip_vit_b32_input.safetensors");
    const nlohmann::json facts =
        nlohmann::json::parse(std::ifstream(*clip_folder() / "clip_vit_b32_expected.json"));
    test::Comparison comparison(
        test::read_safetensors(*clip_folder() / "clip_vit_b32_expected.safetensors"), facts);
    const ClipNetwork clip =
        load_clip(test::formula_checkpoint(*clip_folder() / "recipe_clip_vit_b32.json"));
    CHECK(to_string(clip.architecture) == "clip-vit-b/32 224x224, 49408 tokens, 512 numbers");
    CHECK(clip.keys.complete());
    CHECK(clip.keys.parameters == facts.at("params").get<std::int64_t>());

    ClipTaps taps;
    const at::Tensor pictures = normalized_pictures(test::to_tensor(input.at("cropped_rgb_u8")));
    const at::Tensor tokens = token_rows(input.at("tokens"));
    const at::Tensor of_pictures = clip_image_features(clip, pictures, &taps);
    const at::Tensor of_texts = clip_text_features(clip, tokens, &taps);
    comparison.check("image_features", of_pictures);
    comparison.check("text_features", of_texts);
    comparison.check("logits_per_image", clip.weights["logit_scale"].exp() *
                                             at::matmul(unit(of_pictures), unit(of_texts).t()));
    comparison.check("visual_patches_slice",
                     taps.at("visual_patches").narrow(0, 0, 1).slice(1, 0, {}, 48));
    comparison.check("visual_ln_post", taps.at("visual_ln_post"));
    const auto part = [&](const std::string& name, bool of_text) {
        const at::Tensor value = taps.at(name).narrow(0, 0, 1).slice(2, 0, {}, 8);
        comparison.check(name + "_slice",
                         of_text ? value.slice(1, 0, 12) : value.slice(1, 0, {}, 7));
    };
    part("visual_ln_pre", false);
    part("text_ln_final", true);
    for (const char* const block : {"block0", "block5", "block11"}) {
        part(std::string("visual_") + block, false);
        part(std::string("text_") + block, true);
    }
    CHECK(comparison.compared() == comparison.expected().size());
}

TEST_CASE("CLIP's published layout gives the same numbers as its recipe") {
    if (!clip_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    check_micro(load_clip(test::formula_checkpoint(*clip_folder() / "recipe_clip_micro.json")), "");
    const auto published = read_checkpoint(*clip_folder() / "clip_micro_published_jit.pt");
    CHECK(published->find("visual.proj")->type == ElementType::kFloat16);
    const ClipNetwork clip = load_clip(*published);
    CHECK(clip.keys.complete());
    CHECK(clip.keys.left_aside == 3);
    check_micro(clip, "_archive");
    CHECK_THROWS_WITH_AS(clip_text_features(clip, at::full({1, 77}, 300, at::kLong)),
                         doctest::Contains("77 tokens out of 300"), ModelError);
    CHECK_THROWS_WITH_AS(clip_image_features(clip, at::zeros({1, 3, 31, 32})),
                         doctest::Contains("3 x 32 x 32"), ModelError);
}

TEST_CASE("CLIP gives for a batch of three what it gives for each alone") {
    if (!clip_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const ClipNetwork clip =
        load_clip(*read_checkpoint(*clip_folder() / "clip_micro_published_jit.pt"));
    const auto expected =
        test::read_safetensors(*clip_folder() / "clip_micro_expected.safetensors");
    const at::Tensor picture = test::to_tensor(expected.at("image"));
    const at::Tensor tokens = token_rows(expected.at("tokens"));
    const at::Tensor pictures = at::cat({picture, picture.flip({3}), picture * 0.5F});
    const at::Tensor texts = at::cat({tokens, tokens.roll(1, 1), tokens.flip({1})});
    const at::Tensor of_pictures = clip_image_features(clip, pictures);
    const at::Tensor of_texts = clip_text_features(clip, texts);
    constexpr double kRounding = 2e-6;  // products of matrices depend on how many rows there are
    for (std::int64_t i = 0; i < 3; ++i) {
        CHECK(test::worst(of_pictures[i], clip_image_features(clip, pictures.narrow(0, i, 1))[0]) <
              kRounding);
        CHECK(test::worst(of_texts[i], clip_text_features(clip, texts.narrow(0, i, 1))[0]) <
              kRounding);
    }
}

TEST_CASE("CLIP in half precision points the same way") {
    if (!clip_folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const auto published = read_checkpoint(*clip_folder() / "clip_micro_published_jit.pt");
    const auto expected =
        test::read_safetensors(*clip_folder() / "clip_micro_expected.safetensors");
    for (const at::ScalarType type : {at::kBFloat16, at::kHalf}) {
        CAPTURE(c10::toString(type));
        const ClipNetwork clip = load_clip(*published, false, c10::kCPU, type);
        const auto cosine = [](const at::Tensor& a, const at::Tensor& b) {
            return (unit(a) * unit(b)).sum().item<double>();
        };
        const at::Tensor picture = clip_image_features(clip, test::to_tensor(expected.at("image")));
        const at::Tensor text = clip_text_features(clip, token_rows(expected.at("tokens")));
        CHECK((picture.scalar_type() == at::kFloat));
        CHECK(cosine(picture, test::to_tensor(expected.at("image_features"))) > 0.999);
        CHECK(cosine(text, test::to_tensor(expected.at("text_features"))) > 0.999);
    }
}
