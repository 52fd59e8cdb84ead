// What a checkpoint is taken for, which ones are refused before anything is allocated, and that the
// same network comes out of every layout that a checkpoint can have.
#include <doctest/doctest.h>

#include <cmath>

#include "core/error.h"
#include "formula_checkpoint.h"
#include "made_checkpoint.h"
#include "models/networks/rtm/load.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint;

namespace {

std::string pose_name(const MemoryCheckpoint& checkpoint) {
    const auto found = recognize_rtmpose(StateDict(checkpoint.tensors()));
    return found ? to_string(*found) : "none";
}

std::string det_name(const MemoryCheckpoint& checkpoint) {
    const auto found = recognize_rtmdet(StateDict(checkpoint.tensors()));
    return found ? to_string(*found) : "none";
}

// What it takes to be recognized, with these shapes.
MemoryCheckpoint pose_head(std::int64_t keypoints, std::int64_t channels, std::int64_t bins_x,
                           std::int64_t bins_y, std::int64_t hidden = 256) {
    MemoryCheckpoint checkpoint("made.pth");
    // Extents count, not numbers: each tensor views the same single one.
    const auto add = [&](const char* key, std::vector<std::int64_t> shape) {
        checkpoint.add_repeated(key, std::move(shape));
    };
    add("head.final_layer.weight", {keypoints, channels, 7, 7});
    add("head.cls_x.weight", {bins_x, hidden});
    add("head.cls_y.weight", {bins_y, hidden});
    return checkpoint;
}

// The largest difference of a weight, over the largest weight of its convolution.
double weight_difference(const NetworkGraph& a, const NetworkGraph& b) {
    REQUIRE(a.nodes.size() == b.nodes.size());
    double worst = 0;
    for (std::size_t i = 0; i < a.nodes.size(); ++i) {
        const auto* one = std::get_if<ConvNode>(&a.nodes[i].op);
        const auto* other = std::get_if<ConvNode>(&b.nodes[i].op);
        REQUIRE((one == nullptr) == (other == nullptr));
        if (one == nullptr) {
            continue;
        }
        REQUIRE(one->weights.size() == other->weights.size());
        double difference = 0;
        double largest = 0;
        for (std::size_t w = 0; w < one->weights.size(); ++w) {
            difference = std::fmax(difference, std::fabs(one->weights[w] - other->weights[w]));
            largest = std::fmax(largest, std::fabs(one->weights[w]));
        }
        worst = std::fmax(worst, difference / largest);
    }
    return worst;
}

void check_layout(const std::string& file, const std::string& recipe, double tolerance) {
    CAPTURE(file);
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const auto formula = load_rtmpose(test::formula_checkpoint(*folder / recipe));
    const auto loaded = load_rtmpose(*read_checkpoint(*folder / file));
    CHECK(loaded.architecture == formula.architecture);
    CHECK(loaded.keys.complete());
    CHECK(weight_difference(loaded.graph, formula.graph) <= tolerance);
}

}  // namespace

TEST_CASE("the published poses are told apart by keys and shapes") {
    for (const char* const name : {"t", "s", "m", "l"}) {
        const auto size = test::size_of_name(name);
        const std::string expected = std::string("rtmpose-") + name;
        RtmPoseArchitecture architecture{.backbone = size};
        CHECK(pose_name(test::whole_checkpoint(architecture)) ==
              expected + " 256x192, 17 keypoints");
        architecture.input_width = 288;
        architecture.input_height = 384;
        architecture.head = {.keypoints = 26, .bins_x = 576, .bins_y = 768};
        const auto large = test::whole_checkpoint(architecture);
        CHECK(pose_name(large) == expected + " 384x288, 26 keypoints");
        CHECK(recognize_rtmpose(StateDict(large.tensors())) == architecture);
        CHECK(det_name(large) == "none");
    }
}

TEST_CASE("the published detectors are told apart by keys and shapes") {
    RtmDetArchitecture nano{.backbone = test::size_of_name("nano"),
                            .classes = 80,
                            .input_width = 320,
                            .input_height = 320,
                            .exp_on_reg = false};
    const auto checkpoint = test::whole_checkpoint(nano);
    CHECK(det_name(checkpoint) == "rtmdet-nano 320x320, 80 classes");
    CHECK(recognize_rtmdet(StateDict(checkpoint.tensors())) == nano);
    CHECK(pose_name(checkpoint) == "none");
    for (const char* const name : {"t", "s", "m", "l"}) {
        RtmDetArchitecture architecture{.backbone = test::size_of_name(name)};
        architecture.exp_on_reg = name[0] == 'm' || name[0] == 'l';
        CHECK(recognize_rtmdet(StateDict(test::whole_checkpoint(architecture).tensors())) ==
              architecture);
    }
}

TEST_CASE("a depth of another model is taken from the blocks") {
    const RtmPoseArchitecture deep{.backbone = {.widen = 0.5, .deepen = 1}};
    const auto checkpoint = test::whole_checkpoint(deep);
    CHECK(recognize_rtmpose(StateDict(checkpoint.tensors())) == deep);
    CHECK(pose_name(checkpoint) == "rtmpose-widen0.5-deepen1 256x192, 17 keypoints");
}

TEST_CASE("a checkpoint of something else is none of them") {
    MemoryCheckpoint checkpoint("resnet.pth");
    checkpoint.add("conv1.weight", {64, 3, 7, 7});
    checkpoint.add("head.final_layer.weight", {17, 512});
    checkpoint.add("bbox_head.rtm_cls.0.weight", {4});
    CHECK(pose_name(checkpoint) == "none");
    CHECK(det_name(checkpoint) == "none");
    CHECK_THROWS_WITH_AS(load_rtmpose(checkpoint),
                         "resnet.pth is no RTMPose: it lacks the keys of its head (closet models "
                         "inspect tells more)",
                         ModelError);
}

TEST_CASE("shapes that no RTMPose has are refused before anything is allocated") {
    constexpr std::int64_t kHuge = std::int64_t{1} << 40;
    CHECK(pose_name(pose_head(17, 512, 384, 512)) == "rtmpose-s 256x192, 17 keypoints");
    for (const MemoryCheckpoint& hostile :
         {pose_head(kHuge, 512, 384, 512), pose_head(0, 512, 384, 512),
          pose_head(17, kHuge, 384, 512), pose_head(17, 513, 384, 512), pose_head(17, 0, 384, 512),
          pose_head(17, 512, kHuge, 512), pose_head(17, 512, 384, kHuge),
          pose_head(17, 512, 385, 512), pose_head(17, 512, 386, 512), pose_head(17, 512, 0, 0),
          pose_head(17, 512, 384, 512, kHuge), pose_head(17, 512, 384, 512, 0)}) {
        CHECK_THROWS_AS(load_rtmpose(hostile, {.allow_partial = true}), ModelError);
    }
    auto attention = pose_head(17, 512, 384, 512);
    attention.add_repeated("head.gau.gamma", {2, kHuge});
    CHECK_THROWS_AS(load_rtmpose(attention, {.allow_partial = true}), ModelError);
}

TEST_CASE("shapes that no RTMDet has are refused before anything is allocated") {
    constexpr std::int64_t kHuge = std::int64_t{1} << 62;
    const auto head = [](std::int64_t classes, std::int64_t channels) {
        MemoryCheckpoint checkpoint("made.pth");
        checkpoint.add_repeated("bbox_head.rtm_cls.0.weight", {classes, channels, 1, 1});
        checkpoint.add_repeated("bbox_head.rtm_reg.0.weight", {4, channels, 1, 1});
        return checkpoint;
    };
    CHECK(det_name(head(1, 192)) == "rtmdet-m 640x640, 1 class");
    for (const MemoryCheckpoint& hostile :
         {head(kHuge, 192), head(0, 192), head(1, kHuge), head(1, 0), head(1, 193)}) {
        CHECK_THROWS_AS(load_rtmdet(hostile, {.allow_partial = true}), ModelError);
    }
    RtmOptions options{.allow_partial = true, .input = std::pair(321, 320), .taps = {}};
    CHECK_THROWS_AS(load_rtmdet(head(1, 192), options), ModelError);
    options.input = {1 << 20, 320};
    CHECK_THROWS_AS(load_rtmdet(head(1, 192), options), ModelError);
}

TEST_CASE("any number of blocks that a hostile file names is read without a limit on its depth") {
    auto checkpoint = pose_head(17, 512, 384, 512);
    for (int i = 0; i < 1000; ++i) {
        checkpoint.add("backbone.stage2.1.blocks." + std::to_string(i) + ".x", {1});
    }
    CHECK(pose_name(checkpoint) == "rtmpose-s 256x192, 17 keypoints");
}

TEST_CASE("the published layout gives the weights of the formula") {
    check_layout("rtmpose_micro_published_legacy.pth", "recipe_rtmpose_micro.json", 0);
    check_layout("rtmpose_t_published_legacy.pth", "recipe_rtmpose_t.json", 0);
}

TEST_CASE("a training checkpoint gives its own weights and not its moving average") {
    check_layout("rtmpose_micro_training_zip.pth", "recipe_rtmpose_micro.json", 0);
}

TEST_CASE("a half precision checkpoint gives the weights up to its rounding") {
    // Half precision rounds by 2^-11; a folded weight carries the rounding of its scale as well.
    check_layout("rtmpose_micro_fp16_zip.pth", "recipe_rtmpose_micro.json", 3.0 / 2048);
}

TEST_CASE("weights that levels of the head share come from one storage") {
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const auto formula =
        load_rtmdet(test::formula_checkpoint(*folder / "recipe_rtmdet_micro_random.json"));
    const auto loaded =
        load_rtmdet(*read_checkpoint(*folder / "rtmdet_micro_random_published_legacy.pth"));
    CHECK(loaded.keys.complete());
    CHECK(loaded.architecture == formula.architecture);
    CHECK(weight_difference(loaded.graph, formula.graph) == 0);
}
