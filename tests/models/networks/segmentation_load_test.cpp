// What U-2-Nets and Graphonomies are taken for, and which ones are refused before anything is
// allocated.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "models/networks/deeplabv3plus/deeplabv3plus.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/graphonomy/part_graphs.h"
#include "models/networks/u2net/u2net.h"
#include "recipe_text.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint, test::text_of;

namespace {

MemoryCheckpoint u2net_head(std::int64_t classes, std::int64_t middle, std::int64_t out) {
    MemoryCheckpoint checkpoint("made.pth");
    checkpoint.add_repeated("outconv.weight", {classes, 6 * classes, 1, 1});
    checkpoint.add_repeated("stage1.rebnconvin.conv_s1.weight", {out, 3, 3, 3});
    checkpoint.add_repeated("stage1.rebnconv1.conv_s1.weight", {middle, out, 3, 3});
    return checkpoint;
}

MemoryCheckpoint graphonomy_head(std::int64_t classes, std::int64_t stem) {
    MemoryCheckpoint checkpoint("made.pth");
    checkpoint.add_repeated("semantic.weight", {classes, 256, 1, 1});
    checkpoint.add_repeated("xception_features.conv1.weight", {stem, 3, 3, 3});
    checkpoint.add_repeated("transpose_graph.weight", {128, 128});
    checkpoint.add_repeated("fc_graph.weight", {384, 128});
    return checkpoint;
}

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

}  // namespace

TEST_CASE("segmentation networks are told apart by keys and shapes") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    CHECK(text_of(*folder / "recipe_u2net.json") == "u2net 320x320, 1 class");
    CHECK(text_of(*folder / "recipe_u2netp.json") == "u2netp 320x320, 1 class");
    CHECK(text_of(*folder / "recipe_u2netp_small.json") ==
          "u2net of other widths 320x320, 1 class");
    CHECK(text_of(*folder / "recipe_deeplabv3plus_mobilenet_voc.json") ==
          "deeplabv3plus-mobilenet 513x513, 21 classes");
    CHECK(text_of(*folder / "recipe_deeplabv3plus_resnet101_voc.json") ==
          "deeplabv3plus-resnet101 513x513, 21 classes");
    std::string prefix;
    CHECK(text_of(*folder / "recipe_u2net_cloth_seg.json", &prefix) ==
          "u2net-cloth 768x768, 4 classes");
    CHECK(prefix == "module.");
    CHECK(text_of(*folder / "recipe_graphonomy_cihp.json") == "graphonomy 512x512, 20 classes");
    CHECK(text_of(*folder / "recipe_graphonomy_small.json") ==
          "graphonomy of other widths 512x512, 20 classes");
}

TEST_CASE("a U-2-Net of shapes that none has is refused before anything is allocated") {
    CHECK(recognize_u2net(StateDict(u2net_head(1, 32, 64).tensors())));
    for (const MemoryCheckpoint& hostile :
         {u2net_head(kHuge, 32, 64), u2net_head(0, 32, 64), u2net_head(1, kHuge, 64),
          u2net_head(1, 0, 64), u2net_head(1, 32, kHuge), u2net_head(1, 32, 0)}) {
        CHECK_THROWS_AS(load_u2net(hostile, {.allow_partial = true}), ModelError);
    }
    const MemoryCheckpoint head = u2net_head(1, 16, 64);
    for (const std::int64_t side : {std::int64_t{0}, std::int64_t{-1}, kHuge}) {
        const LoadOptions options{.allow_partial = true, .input = std::pair{side, side}};
        CHECK_THROWS_WITH_AS(load_u2net(head, options), doctest::Contains("choose 1 to 4096"),
                             ModelError);
    }
    CHECK_THROWS_WITH_AS(load_u2net(head), doctest::Contains("missing"), ModelError);
}

TEST_CASE("a checkpoint of something else is no segmentation network") {
    MemoryCheckpoint checkpoint("resnet.pth");
    checkpoint.add("conv1.weight", {64, 3, 7, 7});
    checkpoint.add("outconv.weight", {17});
    checkpoint.add("semantic.weight", {4});
    CHECK_THROWS_WITH_AS(load_u2net(checkpoint), doctest::Contains("resnet.pth is no U-2-Net"),
                         ModelError);
    CHECK_THROWS_WITH_AS(load_graphonomy(checkpoint),
                         doctest::Contains("resnet.pth is no Graphonomy"), ModelError);
}

TEST_CASE("a Graphonomy of shapes or kinds that cannot be used is refused with the reason") {
    CHECK(recognize_graphonomy(StateDict(graphonomy_head(20, 32).tensors())));
    for (const MemoryCheckpoint& hostile : {graphonomy_head(kHuge, 32), graphonomy_head(20, kHuge),
                                            graphonomy_head(20, 0), graphonomy_head(0, 32)}) {
        CHECK_THROWS_AS(load_graphonomy(hostile, {.allow_partial = true}), ModelError);
    }
    CHECK_THROWS_WITH_AS(load_graphonomy(graphonomy_head(7, 32)),
                         doctest::Contains("only the CIHP network with 20"), ModelError);
    MemoryCheckpoint universal = graphonomy_head(20, 32);
    universal.remove("fc_graph.weight");
    CHECK_THROWS_WITH_AS(load_graphonomy(universal), doctest::Contains("universal_trained.pth"),
                         ModelError);
    const LoadOptions small{.allow_partial = true, .input = std::pair{8, 512}};
    CHECK_THROWS_WITH_AS(load_graphonomy(graphonomy_head(20, 32), small),
                         doctest::Contains("choose 16 to 2048"), ModelError);
}

TEST_CASE("the graphs of body parts are the reference's") {
    const auto folder = test::shared_file("fixtures/zoo-segmentation");
    if (!folder) {
        return;
    }
    const auto expected = test::read_safetensors(*folder / "graphonomy_cihp_expected.safetensors");
    const auto check = [&](const char* name, const std::vector<float>& ours) {
        CAPTURE(name);
        const auto& bytes = expected.at(name).bytes;
        REQUIRE(bytes.size() == ours.size() * sizeof(float));
        const auto* const theirs = reinterpret_cast<const float*>(bytes.data());
        for (std::size_t i = 0; i < ours.size(); ++i) {
            CHECK(ours[i] == doctest::Approx(theirs[i]).epsilon(1e-7));
        }
    };
    check("adj_target", normalized_adjacency(kCihpEdges, kCihpParts));
    check("adj_source", normalized_adjacency(kPascalEdges, kPascalParts));
    std::vector<float> likeness;
    for (const auto& row : kPartLikeness) {
        likeness.insert(likeness.end(), row.begin(), row.end());
    }
    check("adj_transfer", likeness);
}

TEST_CASE("a mirror image's parts come back to their own side") {
    // One row of three pixels; the value tells pixel and part.
    constexpr std::size_t kParts = kGraphonomyClasses.size();
    std::vector<float> logits(3 * kParts, 0.0F);
    std::vector<float> mirrored(3 * kParts);
    for (std::size_t i = 0; i < mirrored.size(); ++i) {
        mirrored[i] = static_cast<float>(2 * i);
    }
    average_with_mirror_image(logits, mirrored, 3);
    CHECK(logits[0 * kParts + 5] == 2 * kParts + 5);    // upper clothes of the last pixel
    CHECK(logits[0 * kParts + 14] == 2 * kParts + 15);  // a left arm was a right one
    CHECK(logits[2 * kParts + 19] == 0 * kParts + 18);  // a right shoe was a left one
    CHECK(logits[1 * kParts + 13] == 1 * kParts + 13);
}

TEST_CASE("a DeepLabV3+ of shapes or backbones that cannot be used is refused") {
    const auto head = [](std::int64_t classes, std::int64_t stem) {
        MemoryCheckpoint checkpoint("made.pth");
        checkpoint.add_repeated("classifier.classifier.3.weight", {classes, 256, 1, 1});
        checkpoint.add_repeated("backbone.low_level_features.0.0.weight", {stem, 3, 3, 3});
        return checkpoint;
    };
    CHECK(recognize_deeplab(StateDict(head(21, 32).tensors())));
    for (const MemoryCheckpoint& hostile :
         {head(kHuge, 32), head(0, 32), head(21, kHuge), head(21, 0)}) {
        CHECK_THROWS_AS(load_deeplab(hostile, {.allow_partial = true}), ModelError);
    }
    MemoryCheckpoint basic("resnet18.pth");
    basic.add_repeated("classifier.classifier.3.weight", {21, 256, 1, 1});
    basic.add_repeated("backbone.conv1.weight", {64, 3, 7, 7});
    CHECK_THROWS_WITH_AS(load_deeplab(basic), doctest::Contains("without bottlenecks"), ModelError);
    const LoadOptions small{.allow_partial = true, .input = std::pair{8, 512}};
    CHECK_THROWS_WITH_AS(load_deeplab(head(21, 32), small), doctest::Contains("choose 32 to 2048"),
                         ModelError);
}
