// What HRNets and OpenPose's networks are taken for, and which ones are refused before anything is
// allocated.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "core/error.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/openpose/openpose.h"
#include "recipe_text.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint, test::text_of;

namespace {

constexpr std::int64_t kTooMany = std::int64_t{1} << 40;

/// What recognizing an HRNet looks at.
MemoryCheckpoint hrnet_head(std::int64_t keypoints, std::int64_t width) {
    MemoryCheckpoint checkpoint("made.pth");
    checkpoint.add_repeated("final_layer.weight", {keypoints, width, 1, 1});
    checkpoint.add_repeated("final_layer.bias", {keypoints});
    checkpoint.add_repeated("transition1.0.0.weight", {width, 256, 3, 3});
    checkpoint.add_repeated("layer1.0.conv1.weight", {64, 64, 1, 1});
    for (const char* const stage : {"stage2", "stage3", "stage4"}) {
        checkpoint.add_repeated(std::string(stage) + ".0.branches.0.0.conv1.weight",
                                {width, width, 3, 3});
    }
    return checkpoint;
}

MemoryCheckpoint openpose_head(std::int64_t directions, std::int64_t heat, std::int64_t refined) {
    MemoryCheckpoint checkpoint("made.pth");
    checkpoint.add_repeated("Mconv7_stage6_L1.weight", {directions, 128, 1, 1});
    checkpoint.add_repeated("Mconv7_stage6_L2.weight", {heat, 128, 1, 1});
    checkpoint.add_repeated("Mconv1_stage2_L1.weight", {refined, 185, 7, 7});
    return checkpoint;
}

}  // namespace

TEST_CASE("pose networks with maps are told apart by keys and shapes") {
    const auto folder = test::shared_file("fixtures/zoo-pose-face");
    if (!folder) {
        return;
    }
    CHECK(text_of(*folder / "recipe_hrnet_w32.json") == "hrnet-w32 256x192, 17 keypoints");
    CHECK(text_of(*folder / "recipe_hrnet_w48_384x288.json") == "hrnet-w48 256x192, 17 keypoints");
    CHECK(text_of(*folder / "recipe_openpose_body.json") == "openpose-body 368x368, 18 keypoints");
    CHECK(text_of(*folder / "recipe_openpose_body_micro.json") ==
          "openpose-body of other widths 368x368, 18 keypoints");
}

TEST_CASE("an HRNet of shapes that none has is refused before anything is allocated") {
    CHECK(recognize_hrnet(StateDict(hrnet_head(17, 32).tensors())));
    for (const MemoryCheckpoint& hostile : {hrnet_head(kTooMany, 32), hrnet_head(0, 32),
                                            hrnet_head(17, kTooMany), hrnet_head(17, 0)}) {
        CHECK_THROWS_AS(load_hrnet(hostile, {.allow_partial = true}), ModelError);
    }
    MemoryCheckpoint deep = hrnet_head(17, 32);
    for (int i = 1; i < 40; ++i) {
        deep.add_repeated("layer1." + std::to_string(i) + ".conv1.weight", {64, 256, 1, 1});
    }
    CHECK_THROWS_WITH_AS(load_hrnet(deep, {.allow_partial = true}),
                         doctest::Contains("17 bottlenecks"), ModelError);
    for (const std::int64_t side : {std::int64_t{0}, std::int64_t{100}, kTooMany}) {
        const LoadOptions options{.allow_partial = true, .input = std::pair{side, side}};
        CHECK_THROWS_WITH_AS(load_hrnet(hrnet_head(17, 32), options),
                             doctest::Contains("multiple of 32 up to 1024"), ModelError);
    }
    CHECK_THROWS_WITH_AS(load_hrnet(hrnet_head(17, 32)), doctest::Contains("missing"), ModelError);
}

TEST_CASE("an OpenPose of other keypoints or shapes that none has is refused") {
    CHECK(recognize_openpose(StateDict(openpose_head(38, 19, 128).tensors())));
    CHECK_THROWS_WITH_AS(load_openpose(openpose_head(52, 26, 128), {.allow_partial = true}),
                         doctest::Contains("take body_pose_model.pth"), ModelError);
    for (const std::int64_t channels : {std::int64_t{0}, kTooMany}) {
        CHECK_THROWS_AS(load_openpose(openpose_head(38, 19, channels), {.allow_partial = true}),
                        ModelError);
    }
    const LoadOptions options{.allow_partial = true, .input = std::pair{12, 8}};
    CHECK_THROWS_WITH_AS(load_openpose(openpose_head(38, 19, 128), options),
                         doctest::Contains("multiple of 8 up to 4096"), ModelError);
}
