// Which keys fit, what is said about those that do not, and what --allow-partial makes of them.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/error.h"
#include "made_checkpoint.h"
#include "support/shared_data.h"

using namespace closet;
using test::MemoryCheckpoint;

namespace {

const RtmPoseArchitecture kSmall{.backbone = test::size_of_name("s")};

KeyReport report_of(const MemoryCheckpoint& checkpoint) {
    return survey(describe(kSmall), StateDict(checkpoint.tensors()));
}

}  // namespace

TEST_CASE("the parameters of every published pose are those that MMPose counts") {
    // Parameters + buffers - counters, from the reference data's rtmpose_expected.json.
    struct Count {
        const char* name;
        std::int64_t parameters;
        bool large;
    };
    for (const auto& [name, parameters, large] :
         {Count{"t", 3337007, false}, Count{"s", 5473251, false}, Count{"m", 13587611, false},
          Count{"l", 27660339, false}, Count{"m", 13717659, true}, Count{"l", 27790387, true}}) {
        CAPTURE(name);
        RtmPoseArchitecture architecture{.backbone = test::size_of_name(name)};
        if (large) {
            architecture.input_width = 288;
            architecture.input_height = 384;
            architecture.head = {.bins_x = 576, .bins_y = 768};
        }
        const auto checkpoint = test::whole_checkpoint(architecture);
        const auto report = survey(describe(architecture), StateDict(checkpoint.tensors()));
        CHECK(report.complete());
        CHECK(report.parameters == parameters);
    }
}

TEST_CASE("a whole checkpoint matches wholly") {
    const auto report = report_of(test::whole_checkpoint(kSmall));
    CHECK(report.complete());
    CHECK(report.expected == report.matched);
    CHECK(report.summary() == "215 of 215 parameters match");
    CHECK(report.start_layers().empty());
}

TEST_CASE("missing and unexpected and misshapen keys are told apart") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    checkpoint.remove("head.mlp.0.g");
    checkpoint.remove("backbone.stem.0.conv.weight");
    checkpoint.add_repeated("backbone.stem.0.conv.weight", {16, 3, 5, 5});
    checkpoint.add("head.gau.w", {33});
    const auto report = report_of(checkpoint);
    CHECK_FALSE(report.complete());
    CHECK(report.matched == 213);
    CHECK(report.missing == std::vector<std::string>{"head.mlp.0.g"});
    CHECK(report.unexpected == std::vector<std::string>{"head.gau.w"});
    REQUIRE(report.misshapen.size() == 1);
    CHECK(report.misshapen[0].key == "backbone.stem.0.conv.weight");
    CHECK(report.misshapen[0].expected == Parameters::Shape{16, 3, 3, 3});
    CHECK(report.misshapen[0].actual == Parameters::Shape{16, 3, 5, 5});
    CHECK(report.start_layers() == std::vector<std::string>{"backbone.stem.0.conv", "head.mlp.0"});
    CHECK_THROWS_WITH_AS(
        load_rtmpose(checkpoint),
        "made.pth does not fit rtmpose-s 256x192, 17 keypoints: 213 of 215 parameters match, 1 "
        "missing (head.mlp.0.g), 1 of another shape (backbone.stem.0.conv.weight is 16x3x5x5 and "
        "not 16x3x3x3), 1 unexpected (head.gau.w); --allow-partial uses it all the same",
        ModelError);
}

TEST_CASE("a message shows the first few keys only") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    for (int i = 0; i < 7; ++i) {
        checkpoint.add("extra." + std::to_string(i) + std::string(1000, 'x'), {1});
    }
    const std::string summary = report_of(checkpoint).summary();
    CHECK(summary.ends_with(" and 4 more)"));
    CHECK(summary.size() < 400);
}

TEST_CASE("what a partial checkpoint lacks starts at zero and normalizations at identity") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    checkpoint.remove("head.mlp.0.g");
    checkpoint.remove("head.cls_x.weight");
    checkpoint.add_repeated("head.cls_x.weight", {384, 256});
    const auto loaded = load_rtmpose(checkpoint, {.allow_partial = true});
    CHECK(loaded.keys.start_layers() == std::vector<std::string>{"head.mlp.0"});
    const auto norm = std::find_if(
        loaded.graph.nodes.begin(), loaded.graph.nodes.end(),
        [](const Node& node) { return std::holds_alternative<ScaleNormNode>(node.op); });
    REQUIRE(norm != loaded.graph.nodes.end());
    CHECK(std::get<ScaleNormNode>(norm->op).gain == 1);
}

TEST_CASE("a layer with a missing normalization keeps its weights") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    for (const char* const entry : {"weight", "bias", "running_mean", "running_var"}) {
        checkpoint.remove(std::string("backbone.stem.0.bn.") + entry);
    }
    checkpoint.remove("backbone.stem.0.conv.weight");
    checkpoint.add("backbone.stem.0.conv.weight", {16, 3, 3, 3},
                   std::vector<float>(16 * 3 * 3 * 3, 2.0F));
    const auto loaded = load_rtmpose(checkpoint, {.allow_partial = true});
    CHECK(loaded.keys.missing.size() == 4);
    const auto& conv = std::get<ConvNode>(loaded.graph.nodes.front().op);
    CHECK(conv.weights.front() == doctest::Approx(2).epsilon(1e-5));
    CHECK(conv.bias.front() == 0);
}

TEST_CASE("a wrapper's prefix is stripped") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    checkpoint.wrap("module.model.");
    checkpoint.add("scheduler.state", {1});
    const StateDict state(checkpoint.tensors());
    CHECK(recognize_rtmpose(state) == kSmall);
    const auto report = survey(describe(kSmall), state);
    CHECK(report.prefix == "module.model.");
    CHECK(report.matched == report.expected);
    CHECK(report.unexpected == std::vector<std::string>{"scheduler.state"});
}

TEST_CASE("counters and second sets of weights are left aside") {
    auto checkpoint = test::whole_checkpoint(kSmall);
    checkpoint.add("backbone.stem.0.bn.num_batches_tracked", {});
    checkpoint.add("ema_state_dict.module.backbone.stem.0.conv.weight", {16, 3, 3, 3});
    checkpoint.add("teacher.backbone.stem.0.conv.weight", {16, 3, 3, 3});
    checkpoint.add("data_preprocessor.mean", {3});
    const auto report = report_of(checkpoint);
    CHECK(report.complete());
    CHECK(report.prefix.empty());
    CHECK(report.left_aside == 4);
}

TEST_CASE("the published checkpoints match wholly") {
    const auto folder = test::shared_file("fixtures/rtm");
    if (!folder) {
        return;
    }
    const auto published = read_checkpoint(*folder / "rtmpose_t_published_legacy.pth");
    const auto loaded = load_rtmpose(*published);
    CHECK(to_string(loaded.architecture) == "rtmpose-t 256x192, 17 keypoints");
    CHECK(loaded.keys.complete());
    CHECK(loaded.keys.expected + loaded.keys.left_aside == 218);
}
