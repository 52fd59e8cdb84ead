// MTCNN and InceptionResnetV1 against facenet-pytorch, MobileFaceNet against TensorFlow Lite.
// Tolerances are multiples of the error that the reference itself makes in float32 against float64,
// where that is told: two ways to round are that far apart.
#include "support/doctest_with_torch.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "formula_checkpoint.h"
#include "models/aten/network.h"
#include "models/network.h"
#include "models/networks/inception_resnet_v1/inception_resnet_v1.h"
#include "models/networks/mtcnn/mtcnn.h"
#include "models/nhwc/network.h"
#include "models/tflite/graph_builder.h"
#include "rtm_fixtures.h"
#include "support/shared_data.h"

using namespace closet;

namespace {

constexpr double kRoundings = 4;
constexpr double kLeastTolerance = 1e-6;

std::optional<std::filesystem::path> face_file(const std::string& name) {
    return test::shared_file("fixtures/zoo-pose-face/" + name);
}

/// What can run the graph on the CPU; this project's kernels where they take it.
std::vector<std::shared_ptr<const Network>> networks_of(const NetworkGraph& graph) {
    std::vector<std::shared_ptr<const Network>> all{
        std::make_shared<AtenNetwork>(graph, NetworkOptions{})};
    if (nhwc_kernels() != nullptr && nhwc_supports(graph)) {
        all.push_back(std::make_shared<NhwcNetwork>(graph, *nhwc_kernels()));
    }
    return all;
}

at::Tensor planes(const at::Tensor& nhwc) {
    return nhwc.permute({0, 3, 1, 2});
}

/// Row by row is the same as all together.
void check_rows(const Network& network, const at::Tensor& input,
                const std::vector<at::Tensor>& together) {
    for (std::int64_t row = 0; row < input.size(0); ++row) {
        const auto alone = network.forward(input.narrow(0, row, 1));
        for (std::size_t i = 0; i < alone.size(); ++i) {
            CHECK(at::equal(alone[i][0], together[i][row]));
        }
    }
}

}  // namespace

TEST_CASE("MTCNN's networks give what facenet-pytorch's give, for one and for many") {
    const auto weights = face_file("mtcnn_weights.safetensors");
    const auto values = face_file("mtcnn_expected.safetensors");
    if (!weights || !values) {
        return;
    }
    const c10::InferenceMode inference;
    const auto checkpoint = read_checkpoint(*weights);
    const auto expected = test::read_safetensors(*values);
    for (const MtcnnStage stage :
         {MtcnnStage::kProposal, MtcnnStage::kRefine, MtcnnStage::kOutput}) {
        const std::string name(to_string(stage));
        CAPTURE(name);
        const at::Tensor input = test::to_tensor(expected.at(name + ".input"));
        std::vector<std::string> taps{"prelu1", "prelu2", "prelu3"};
        if (stage != MtcnnStage::kProposal) {
            taps.emplace_back("prelu4");
        }
        if (stage == MtcnnStage::kOutput) {
            taps.emplace_back("prelu5");
        }
        const NetworkGraph graph =
            load_mtcnn(stage, *checkpoint, input.size(2), input.size(3), taps);
        for (const auto& network : networks_of(graph)) {
            const auto outputs = network->forward(input);
            check_rows(*network, input, outputs);
            const std::size_t own = graph.outputs.size() - taps.size();
            // The reference computes in float32 alone; its sums are up to 64 x 9 products long.
            constexpr double kTolerance = 2e-5;
            const auto flat = [&](std::size_t i, const std::string& key) {
                const at::Tensor theirs = test::to_tensor(expected.at(key));
                const at::Tensor ours =
                    theirs.dim() == 4 ? planes(outputs[i]) : outputs[i].flatten(1);
                return std::pair(ours, theirs);
            };
            const auto [box, their_box] = flat(0, name + ".reg");
            CHECK(test::worst(box, their_box) < kTolerance);
            const auto [face, their_face] = flat(1, name + ".prob");
            CHECK(test::worst(face.softmax(1), their_face) < kTolerance);
            if (stage == MtcnnStage::kOutput) {
                const auto [points, their_points] = flat(2, name + ".landmark");
                CHECK(test::worst(points, their_points) < kTolerance);
            }
            for (std::size_t i = 0; i < taps.size(); ++i) {
                CAPTURE(taps[i]);
                const at::Tensor theirs = test::to_tensor(expected.at(name + "." + taps[i]));
                const at::Tensor ours = planes(outputs[own + i]);
                CHECK(
                    test::worst(theirs.dim() == 4
                                    ? ours.slice(1, 0, {}, 4).slice(2, 0, {}, 4).slice(3, 0, {}, 4)
                                    : outputs[own + i].flatten(1),
                                theirs) < kTolerance);
            }
        }
    }
}

TEST_CASE("MTCNN's published file is recognized, and another stage is refused with a sentence") {
    const auto file = face_file("mtcnn_pnet_published.pt");
    if (!file) {
        return;
    }
    const auto checkpoint = read_checkpoint(*file);
    const StateDict state(checkpoint->tensors());
    const auto network = recognize_network(state);
    REQUIRE(network);
    CHECK(network->text == "mtcnn pnet, any size");
    const KeyReport keys = survey(*network, state);
    CHECK(keys.complete());
    CHECK(keys.expected == 13);
    CHECK(keys.parameters == 6632);
    CHECK_THROWS_WITH_AS(load_mtcnn(MtcnnStage::kOutput, *checkpoint, 48, 48),
                         doctest::Contains("does not hold MTCNN's onet"), ModelError);
    CHECK_THROWS_WITH_AS(load_mtcnn(MtcnnStage::kProposal, *checkpoint, 11, 40),
                         doctest::Contains("from 12x12 on"), ModelError);
}

TEST_CASE("InceptionResnetV1 gives what facenet-pytorch's gives") {
    const auto inputs = face_file("inception_resnet_v1_input.safetensors");
    const auto errors = face_file("inception_resnet_v1_expected.json");
    if (!inputs || !errors) {
        return;
    }
    const c10::InferenceMode inference;
    const auto faces = test::to_tensor(test::read_safetensors(*inputs).at("face_rgb_u8"));
    const at::Tensor input = (faces.to(at::kFloat) - 127.5) / 128;
    const nlohmann::json told = nlohmann::json::parse(std::ifstream(*errors)).at("values");

    const auto check = [&](const Checkpoint& checkpoint, const std::string& expected_file,
                           const std::string& text, bool has_errors) {
        const auto expected = test::read_safetensors(*face_file(expected_file));
        const StateDict state(checkpoint.tensors());
        const auto recognized = recognize_network(state);
        REQUIRE(recognized);
        CHECK(recognized->text == text);
        const std::vector<std::string> taps{"conv2d_1a", "conv2d_4b", "repeat_1",
                                            "mixed_6a",  "repeat_2",  "mixed_7a",
                                            "repeat_3",  "block8",    "logits"};
        const LoadedNetwork loaded = load_network(*recognized, state, "faces", false, taps);
        CHECK(loaded.keys.complete());
        const auto tolerance = [&](const std::string& value) {
            return has_errors
                       ? kRoundings * told.at(value).at("fp32_vs_fp64_maxabs").get<double>() +
                             kLeastTolerance
                       : 2e-5;
        };
        for (const auto& network : networks_of(loaded.graph)) {
            const auto outputs = network->forward(input);
            check_rows(*network, input, outputs);
            std::size_t compared = 0;
            const auto compare = [&](const std::string& value, const at::Tensor& ours) {
                if (const auto found = expected.find(value); found != expected.end()) {
                    CAPTURE(value);
                    CHECK(test::worst(ours, test::to_tensor(found->second)) < tolerance(value));
                    ++compared;
                }
            };
            const at::Tensor last = outputs[0].flatten(1);
            compare("last_bn", last);
            compare("embedding", last / last.norm(2, {1}, /*keepdim=*/true));
            for (std::size_t i = 0; i + 1 < taps.size(); ++i) {
                const at::Tensor ours = planes(outputs[i + 1]).narrow(0, 0, 1);
                const std::int64_t step = std::max<std::int64_t>(ours.size(1) / 16, 1);
                compare(taps[i] + "_slice",
                        ours.slice(1, 0, {}, step).slice(2, 0, {}, 4).slice(3, 0, {}, 4));
                compare(taps[i] + "_chmean", ours.mean({2, 3}));
            }
            compare("logits", outputs.back().flatten(1));
            compare("logits_slice", outputs.back().flatten(1).slice(1, 0, {}, 64));
            // All but "last_linear", which is folded into what follows.
            CHECK(compared == expected.size() - expected.count("last_linear"));
        }
    };
    SUBCASE("of the published sizes, weights by formula") {
        const auto checkpoint =
            test::formula_checkpoint(*face_file("recipe_inception_resnet_v1_vggface2.json"));
        check(checkpoint, "inception_resnet_v1_expected.safetensors",
              "inception-resnet-v1 160x160, faces to 512 numbers", true);
    }
    SUBCASE("the small file in the published layout") {
        const auto checkpoint =
            read_checkpoint(*face_file("inception_resnet_v1_micro_published.pt"));
        check(*checkpoint, "inception_resnet_v1_micro_expected.safetensors",
              "inception-resnet-v1 with 1/16 of its widths 160x160, faces to 32 numbers", false);
    }
}

TEST_CASE("MobileFaceNet's two rows become one, its PReLUs are recognized, its numbers are right") {
    const auto file = test::shared_file("weights/MobileFaceNet.tflite");
    const auto values = test::shared_file("weights/expected.safetensors");
    if (!file || !values) {
        return;
    }
    const c10::InferenceMode inference;
    const NetworkGraph graph = build_graph(read_tflite(*file), {});
    CHECK(graph.shapes[0] == std::vector<std::int64_t>{1, 112, 112, 3});
    CHECK(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
              return std::holds_alternative<PReluNode>(node.op);
          }) == 33);
    CHECK(std::none_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return std::holds_alternative<FunctionNode>(node.op) ||
               std::holds_alternative<ConstantNode>(node.op) ||
               std::holds_alternative<ActivationNode>(node.op);
    }));
    std::vector<at::Tensor> inputs, wanted;
    for (const auto& [name, tensor] : test::read_safetensors(*values)) {
        if (name.starts_with("mobilefacenet/") && name.ends_with("/input_rgb")) {
            inputs.push_back(test::to_tensor(tensor));
        }
        if (name.starts_with("mobilefacenet/") && name.ends_with("/embedding_raw")) {
            wanted.push_back(test::to_tensor(tensor));
        }
    }
    REQUIRE(inputs.size() == 4);
    const at::Tensor input = planes((at::stack(inputs).to(at::kFloat) - 127.5) / 128);
    for (const auto& network : networks_of(graph)) {
        const auto outputs = network->forward(input);
        check_rows(*network, input, outputs);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const at::Tensor ours = outputs[0][static_cast<std::int64_t>(i)].flatten();
            const double error = ((ours - wanted[i]).norm() / wanted[i].norm()).item<double>();
            CHECK(error < 1e-3);  // what the reference data's README asks for
        }
    }
}
