// GFPGAN against its public code: every value that the reference data stores, from formula weights
// and from the published layout.
#include "support/doctest_with_torch.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "comparison.h"
#include "formula_checkpoint.h"
#include "models/functional/gfpgan.h"
#include "support/shared_data.h"

using namespace closet;
using test::Comparison;

namespace {

const c10::Device kCpu(c10::kCPU);

std::optional<std::filesystem::path> folder() {
    return test::shared_file("fixtures/zoo-tryon");
}

/// Bytes as the network takes them: -1..1.
at::Tensor numbers_of(const at::Tensor& bytes) {
    return (bytes.to(at::kFloat) / 255 - 0.5F) / 0.5F;
}

at::Tensor crop() {
    cv::Mat rgb;
    cv::cvtColor(cv::imread((*folder() / "gfpgan_crop.png").string()), rgb, cv::COLOR_BGR2RGB);
    const at::Tensor bytes = at::from_blob(rgb.data, {1, rgb.rows, rgb.cols, 3}, at::kByte);
    return numbers_of(bytes.permute({0, 3, 1, 2}).contiguous());
}

at::Tensor micro_input() {
    return numbers_of(
        test::to_tensor(test::read_safetensors(*folder() / "gfpgan_micro_expected.safetensors")
                            .at("input_rgb_u8"))
            .unsqueeze(0));
}

double error_of(const Comparison& comparison, const std::string& name) {
    return comparison.facts().at("fp32_error").at(name).get<double>();
}

/// `name` is that of a value, then what is kept of it: "_slice" with steps along channels and
/// pixels, "_chmean" or "_chstd".
at::Tensor kept(const std::string& name, const std::map<std::string, at::Tensor>& values) {
    const std::map<std::string, std::pair<std::int64_t, std::int64_t>> steps{
        {"output_slice", {1, 8}},       {"rgb6_slice", {1, 16}},
        {"to_rgbs3_slice", {1, 4}},     {"down6_slice", {8, 1}},
        {"style_conv1_slice", {8, 1}},  {"style_convs1_slice", {16, 1}},
        {"style_convs7_slice", {32, 8}}};
    const at::Tensor& value = values.at(name.substr(0, name.rfind('_')));
    if (name == "output_block") {
        return value.slice(2, 240, 272).slice(3, 240, 272);
    }
    if (name == "output_rowmean") {
        return value.mean(3);
    }
    if (name.ends_with("_chmean")) {
        return value.mean({2, 3});
    }
    if (name.ends_with("_chstd")) {
        return value.std(c10::IntArrayRef{2, 3}, /*unbiased=*/false);
    }
    const auto [channel, pixel] = steps.at(name);
    return test::every(value, channel, pixel);
}

}  // namespace

TEST_CASE("GFPGAN 1.4 gives the reference's face and every value on the way") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    Comparison comparison(*folder(), "gfpgan_v1_4");
    const auto checkpoint = test::formula_checkpoint(*folder() / "recipe_gfpgan_v1_4.json");
    const auto found = recognize_network(StateDict(checkpoint.tensors()));
    REQUIRE(found);
    CHECK(found->text == "gfpgan 512x512, faces restored");
    const KeyReport keys = survey(*found, StateDict(checkpoint.tensors()));
    CHECK(keys.complete());
    CHECK(keys.matched == comparison.facts().at("state_dict_entries").get<std::size_t>());
    constexpr std::int64_t kNoise = 699024;  // planes of the file, no parameters
    CHECK(keys.parameters - kNoise == comparison.facts().at("parameters").get<std::int64_t>());

    const Gfpgan network = load_gfpgan(checkpoint, {}, kCpu);
    std::map<std::string, at::Tensor> values;
    values["output"] = network.forward(
        crop(), [&](const std::string& name, const at::Tensor& value) { values[name] = value; });
    values["style_code"] = values.at("style");
    for (const auto& [name, expected] : comparison.expected()) {
        const auto whole = values.find(name);
        comparison.check(name, whole != values.end() ? whole->second : kept(name, values),
                         error_of(comparison, name));
    }
    CHECK(comparison.compared() >= 40);

    // Bytes: limited, scaled and rounded.
    const auto bytes =
        comparison.facts().at("output_u8_rgb_row256_first8").get<std::vector<std::vector<int>>>();
    const at::Tensor row =
        ((values.at("output").clamp(-1, 1) + 1) / 2 * 255).round()[0].select(1, 256);
    for (std::int64_t x = 0; x < 8; ++x) {
        for (std::int64_t c = 0; c < 3; ++c) {
            CHECK(std::abs(row[c][x].item<int>() -
                           bytes[static_cast<std::size_t>(x)][static_cast<std::size_t>(c)]) <= 1);
        }
    }
}

TEST_CASE("the published layout of GFPGAN loads and gives the same face alone and in a batch") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    Comparison comparison(*folder(), "gfpgan_micro");
    const auto checkpoint = read_checkpoint(*folder() / "gfpgan_micro_published_legacy.pth");
    const auto found = recognize_network(StateDict(checkpoint->tensors()));
    REQUIRE(found);
    CHECK(found->text == "gfpgan of other widths 64x64, faces restored");
    const KeyReport keys = survey(*found, StateDict(checkpoint->tensors()));
    CHECK(keys.complete());
    const Gfpgan network = load_gfpgan(*checkpoint, {}, kCpu);
    const at::Tensor input = micro_input();
    const at::Tensor output = network.forward(input);
    comparison.check("output", output, error_of(comparison, "output"));

    const at::Tensor batch = at::cat({input, input.flip({3}), input * 0.5F});
    const at::Tensor together = network.forward(batch);
    for (std::int64_t i = 0; i < 3; ++i) {
        CHECK(at::equal(together[i], network.forward(batch.narrow(0, i, 1))[0]));
    }
    CHECK_THROWS_AS(network.forward(input.narrow(2, 0, 32)), ModelError);
    CHECK_THROWS_AS(network.forward(input.to(at::kByte)), ModelError);
}

TEST_CASE("a GFPGAN loads in part") {
    if (!folder()) {
        return;
    }
    const c10::InferenceMode inference;
    const auto recipe = *folder() / "recipe_gfpgan_micro.json";
    const at::Tensor input = micro_input();
    const at::Tensor expected =
        load_gfpgan(test::formula_checkpoint(recipe), {}, kCpu).forward(input);
    auto partial = test::formula_checkpoint(recipe);
    partial.remove("toRGB.1.weight");
    partial.add("extra.weight", {3});
    // What lacks is for training only.
    CHECK(at::equal(load_gfpgan(partial, {.allow_partial = true}, kCpu).forward(input), expected));

    const auto other = test::formula_checkpoint(*folder() / "recipe_cpvton_tom_micro.json");
    CHECK_THROWS_WITH_AS(load_gfpgan(other, {}, kCpu), doctest::Contains("is no GFPGAN"),
                         ModelError);
}

TEST_CASE("a GFPGAN of impossible sizes is refused before anything is read") {
    const auto refused = [](std::vector<std::int64_t> constant, std::int64_t style, int levels,
                            std::vector<std::int64_t> filters, const char* words) {
        test::MemoryCheckpoint checkpoint("hostile.pth");
        checkpoint.add("conv_body_first.weight", {1});
        const std::string prefix = "stylegan_decoder.";
        checkpoint.add_repeated(prefix + "constant_input.weight", std::move(constant));
        checkpoint.add_repeated(prefix + "style_conv1.modulated_conv.modulation.weight",
                                {1, style});
        for (int i = 0; i < levels; ++i) {
            checkpoint.add_repeated(
                fmt::format("{}style_convs.{}.modulated_conv.weight", prefix, 2 * i), filters);
        }
        CHECK_THROWS_WITH_AS(load_gfpgan(checkpoint, {.allow_partial = true}, kCpu),
                             doctest::Contains(words), ModelError);
    };
    constexpr std::int64_t kHuge = std::int64_t{1} << 40;
    refused({1, kHuge, 4, 4}, 32, 4, {1, 16, 16, 3, 3}, "channels");
    refused({1, 15, 4, 4}, 32, 4, {1, 16, 16, 3, 3}, "cannot be halved");
    refused({1, 16}, 32, 4, {1, 16, 16, 3, 3}, "0 channels");
    refused({1, 16, 4, 4}, kHuge, 4, {1, 16, 16, 3, 3}, "numbers in a latent");
    refused({1, 16, 4, 4}, 32, 4, {1, kHuge, 16, 3, 3}, "channels");
    refused({1, 16, 4, 4}, 32, 0, {}, "sizes above the first");
    refused({1, 16, 4, 4}, 32, 40, {1, 16, 16, 3, 3}, "sizes above the first");
}
