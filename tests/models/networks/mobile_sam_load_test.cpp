// What MobileSAM's files are taken for, and which ones are refused before anything is allocated.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "models/networks/load_as.h"
#include "models/networks/mobile_sam/mobile_sam.h"
#include "recipe_text.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint, test::text_of;

namespace {

constexpr std::int64_t kFarTooMany = std::int64_t{1} << 40;

std::optional<std::filesystem::path> sam_recipes() {
    return test::shared_file("fixtures/zoo-segmentation");
}

MemoryCheckpoint small_keys() {
    return test::keys_of(*sam_recipes() / "recipe_mobile_sam_small.json");
}

/// The small network with a tensor of another shape.
MemoryCheckpoint with_shape(const std::string& key, std::vector<std::int64_t> shape) {
    MemoryCheckpoint checkpoint = small_keys();
    checkpoint.remove(key);
    checkpoint.add_repeated(key, std::move(shape));
    return checkpoint;
}

}  // namespace

TEST_CASE("MobileSAM is told by its keys, and other encoders are refused") {
    if (!sam_recipes()) {
        return;
    }
    CHECK(text_of(*sam_recipes() / "recipe_mobile_sam.json") == "mobile-sam 1024x1024, 4 masks");
    MemoryCheckpoint other("sam_vit_b.pth");
    other.add_repeated("mask_decoder.iou_token.weight", {1, 256});
    other.add_repeated("image_encoder.patch_embed.proj.weight", {768, 3, 16, 16});
    CHECK_THROWS_WITH_AS(recognize_as(other, "MobileSAM", recognize_mobile_sam),
                         doctest::Contains("take mobile_sam.pt"), ModelError);
}

TEST_CASE("a MobileSAM does without the head that its encoder was trained with") {
    if (!sam_recipes()) {
        return;
    }
    MemoryCheckpoint checkpoint = small_keys();
    CHECK(text_of(checkpoint) == "mobile-sam of other widths 1024x1024, 4 masks");
    checkpoint.remove("image_encoder.head.weight");
    CHECK(text_of(checkpoint) == "mobile-sam of other widths 1024x1024, 4 masks");
}

TEST_CASE("a MobileSAM of sizes that none has is refused before anything is allocated") {
    if (!sam_recipes()) {
        return;
    }
    const auto refused = [](const MemoryCheckpoint& checkpoint) {
        CHECK_THROWS_AS(recognize_as(checkpoint, "MobileSAM", recognize_mobile_sam), ModelError);
    };
    const std::string layer = "image_encoder.layers.2.blocks.0.attn.";
    for (const std::int64_t extent : {std::int64_t{0}, std::int64_t{-1}, kFarTooMany}) {
        CAPTURE(extent);
        refused(with_shape("image_encoder.patch_embed.seq.0.c.weight", {extent, 3, 3, 3}));
        refused(with_shape("image_encoder.neck.0.weight", {extent, 40, 1, 1}));
        refused(with_shape("image_encoder.layers.0.blocks.0.conv1.c.weight", {32, extent, 1, 1}));
        refused(with_shape(layer + "qkv.weight", {60, extent}));
        refused(with_shape(layer + "attention_biases", {extent, 196}));
        refused(with_shape(layer + "attention_biases", {5, extent}));
        refused(with_shape("prompt_encoder.mask_downscaling.3.weight", {extent, 4, 2, 2}));
        refused(with_shape("mask_decoder.transformer.layers.0.mlp.lin1.weight", {extent, 32}));
    }
    refused(with_shape(layer + "attention_biases", {5, 195}));           // no square
    refused(with_shape(layer + "attention_biases", {3, 196}));           // 20 channels
    refused(with_shape("image_encoder.neck.0.weight", {24, 40, 1, 1}));  // no 8 heads
    refused(with_shape("image_encoder.neck.0.weight", {32}));            // no convolution
    MemoryCheckpoint deep = small_keys();
    for (int i = 6; i < 60; ++i) {
        deep.add_repeated("image_encoder.layers.2.blocks." + std::to_string(i) + ".attn.qkv.weight",
                          {60, 20});
    }
    CHECK_THROWS_WITH_AS(recognize_as(deep, "MobileSAM", recognize_mobile_sam),
                         doctest::Contains("33 blocks"), ModelError);
    MemoryCheckpoint none("made.pt");
    CHECK_THROWS_WITH_AS(recognize_as(none, "MobileSAM", recognize_mobile_sam),
                         doctest::Contains("is no MobileSAM"), ModelError);
}
