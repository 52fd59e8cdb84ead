// What is taken for a CLIP, in which layouts, and what is refused before anything is allocated.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "made_checkpoint.h"
#include "models/inspection.h"
#include "models/networks/clip/clip.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint;

namespace {

ClipArchitecture small_clip() {
    ClipArchitecture size;
    size.patch = 16;
    size.grid = 2;
    size.vision_width = size.text_width = 64;
    size.vision_layers = size.text_layers = 2;
    size.vocabulary = 600;
    size.numbers = 16;
    return size;
}

KeyReport clip_keys_of(const MemoryCheckpoint& checkpoint, std::string* text = nullptr) {
    const StateDict state(checkpoint.tensors());
    const auto found = recognize_network(state);
    REQUIRE(found);
    if (text != nullptr) {
        *text = found->text;
    }
    return survey(*found, state);
}

}  // namespace

TEST_CASE("a CLIP is known by its keys and shapes") {
    std::string text;
    const KeyReport published = clip_keys_of(test::whole_checkpoint(ClipArchitecture{}), &text);
    CHECK(text == "clip-vit-b/32 224x224, 49408 tokens, 512 numbers");
    CHECK(published.complete());
    CHECK(published.expected == 302);
    CHECK(published.parameters == 151277313);
    ClipArchitecture large;
    large.patch = 14;
    large.grid = 24;
    large.vision_width = 1024;
    large.vision_layers = 24;
    large.text_width = large.numbers = 768;
    CHECK(clip_keys_of(test::whole_checkpoint(large), &text).complete());
    CHECK(text == "clip-vit-l/14 336x336, 49408 tokens, 768 numbers");
    MemoryCheckpoint wrapped = test::whole_checkpoint(small_clip());
    wrapped.wrap("module.");
    CHECK(clip_keys_of(wrapped, &text).prefix == "module.");
    CHECK(text == "clip-vit of 2 blocks of 64 channels 32x32, 600 tokens, 16 numbers");
    const auto found = recognize_clip(StateDict(test::whole_checkpoint(small_clip()).tensors()));
    CHECK(found == small_clip());
}

TEST_CASE("keys that a CLIP lacks or has too much are told, and start values take their place") {
    MemoryCheckpoint checkpoint = test::whole_checkpoint(small_clip());
    checkpoint.add("input_resolution", {});
    checkpoint.add("context_length", {});
    checkpoint.add("vocab_size", {});
    CHECK(clip_keys_of(checkpoint).complete());
    CHECK(clip_keys_of(checkpoint).left_aside == 3);
    checkpoint.add("visual.attnpool.weight", {1});
    checkpoint.remove("visual.ln_post.weight");
    checkpoint.remove("visual.proj");
    checkpoint.add_repeated("visual.proj", {16, 64});
    const KeyReport keys = clip_keys_of(checkpoint);
    CHECK(keys.unexpected == std::vector<std::string>{"visual.attnpool.weight"});
    CHECK(keys.missing == std::vector<std::string>{"visual.ln_post.weight"});
    REQUIRE(keys.misshapen.size() == 1);
    CHECK(keys.misshapen[0].key == "visual.proj");
    const StateDict state(checkpoint.tensors());
    const auto network = recognize_network(state);
    CHECK_THROWS_WITH_AS(load_weights(*network, state, "made.pt", false),
                         doctest::Contains("--allow-partial uses it all the same"), ModelError);
    const LoadedWeights loaded = load_weights(*network, state, "made.pt", true);
    for (const auto& [spec, values] : loaded.tensors) {
        if (spec.key == "visual.ln_post.weight") {
            CHECK(values == std::vector<float>(64, 1.0F));
        }
        if (spec.key == "visual.proj") {
            CHECK(values == std::vector<float>(64 * 16, 0.0F));
        }
    }
}

TEST_CASE("a CLIP of sizes that none has is refused before anything is allocated") {
    constexpr std::int64_t kHuge = std::int64_t{1} << 40;
    const auto refused = [](const auto& change, const char* why) {
        CAPTURE(why);
        MemoryCheckpoint checkpoint = test::whole_checkpoint(small_clip());
        change(checkpoint);
        CHECK_THROWS_WITH_AS(recognize_network(StateDict(checkpoint.tensors())),
                             doctest::Contains(why), ModelError);
    };
    const auto reshape = [](const char* key, std::vector<std::int64_t> shape) {
        return [key, shape](MemoryCheckpoint& checkpoint) {
            checkpoint.remove(key);
            checkpoint.add_repeated(key, shape);
        };
    };
    refused(reshape("token_embedding.weight", {kHuge, 64}), "tokens");
    refused(reshape("token_embedding.weight", {600, kHuge}), "channels");
    refused(reshape("token_embedding.weight", {600, 65}), "no heads of 64");
    refused(reshape("token_embedding.weight", {600}), "with 0 tokens");
    refused(reshape("positional_embedding", {kHuge, 64}), "tokens of a text");
    refused(reshape("text_projection", {64, kHuge}), "numbers");
    refused(reshape("visual.positional_embedding", {kHuge, 64}), "places");
    refused(reshape("visual.positional_embedding", {1, 64}), "patches a side");
    refused(reshape("visual.conv1.weight", {64, 3, kHuge, 16}), "a side of a patch");
    refused(
        [](MemoryCheckpoint& checkpoint) {
            for (int i = 2; i < 80; ++i) {
                checkpoint.add_repeated(fmt::format("transformer.resblocks.{}.ln_1.weight", i),
                                        {64});
            }
        },
        "blocks for texts");
    refused(
        [](MemoryCheckpoint& checkpoint) {
            checkpoint.add_repeated("visual.layer1.0.conv1.weight", {64, 64, 1, 1});
        },
        "ResNet");
    // Each size is one that a network could have, all together are not.
    ClipArchitecture wide;
    wide.vision_width = wide.text_width = 2048;
    wide.vision_layers = wide.text_layers = 12;
    CHECK_THROWS_WITH_AS(describe(wide), doctest::Contains("million numbers"), ModelError);
}

TEST_CASE("the published archive of a CLIP is named and its keys match") {
    const auto file = test::shared_file("fixtures/zoo-pose-face/clip_micro_published_jit.pt");
    if (!file) {
        return;
    }
    const Inspection found = inspect_model(*file);
    CHECK(found.format.starts_with("TorchScript"));
    CHECK(found.problem.empty());
    const auto& facts = std::get<CheckpointFacts>(found.facts);
    REQUIRE(facts.network);
    CHECK(facts.network->text ==
          "clip-vit of 2 blocks of 64 channels 32x32, 300 tokens, 16 numbers");
    CHECK(facts.keys.complete());
    CHECK(facts.keys.left_aside == 3);
}
