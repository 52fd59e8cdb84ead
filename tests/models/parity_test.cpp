// Raw outputs against those of the TensorFlow Lite interpreter, with the tolerances of the
// reference data's own README.
#include "support/doctest_with_torch.h"

#include "fixtures.h"
#include "models/aten/network.h"
#include "models/tflite/graph_builder.h"

using namespace closet;
using closet::test::SafeTensor;

namespace {

struct Expected {
    std::string key;  ///< in the safetensors file
    double tolerance;
    bool logits = false;  ///< compare after a sigmoid, absolutely
};

void check_output(const at::Tensor& actual, const at::Tensor& wanted, const Expected& expected) {
    REQUIRE(actual.sizes().vec() == wanted.sizes().vec());
    REQUIRE(actual.is_contiguous());
    if (expected.logits) {
        CHECK(test::largest_difference(actual.sigmoid(), wanted.sigmoid()) < expected.tolerance);
    } else {
        CHECK(test::relative_error(actual, wanted) < expected.tolerance);
    }
}

void check_parity(const std::string& model, bool signed_range,
                  const std::vector<Expected>& expected, const NetworkOptions& options = {}) {
    const auto data = test::shared_file("fixtures/blazepose/" + model + ".safetensors");
    const auto file = test::model_file(model);
    if (!data || !file) {
        return;
    }
    const auto tensors = test::read_safetensors(*data);
    const at::Tensor input = test::network_input(tensors.at("input_u8"), signed_range);
    // What users get, and LibTorch's operators, which serve other devices and types.
    const std::shared_ptr<const Network> networks[] = {
        load_tflite(*file, options),
        std::make_shared<AtenNetwork>(build_graph(read_tflite(*file), options.outputs), options)};
    for (const auto& network : networks) {
        const auto results = network->forward(input);
        REQUIRE(results.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            CAPTURE(expected[i].key);
            check_output(results[i], test::reference(tensors.at(expected[i].key)), expected[i]);
        }
    }
}

const std::vector<Expected> kFullOutputs = {{"landmarks_195", 1e-4},
                                            {"pose_flag", 1e-4},
                                            {"segmentation_logits", 2e-3, true},
                                            {"heatmap_logits", 1e-4},
                                            {"world_117", 1e-4}};

}  // namespace

TEST_CASE("the detector gives the reference outputs") {
    check_parity("pose_detection", true, {{"boxes", 1e-4}, {"scores", 1e-4}});
}

TEST_CASE("the full landmark network gives the reference outputs") {
    check_parity("pose_landmark_full", false, kFullOutputs);
}

TEST_CASE("the lite landmark network gives the reference outputs") {
    NetworkOptions options;
    options.outputs = {0, 1, 3, 4};
    check_parity("pose_landmark_lite", false,
                 {{"landmarks_195", 1e-4},
                  {"pose_flag", 1e-4},
                  {"heatmap_logits_f16", 5e-4},
                  {"world_117", 1e-4}},
                 options);
}

TEST_CASE("the heavy landmark network gives the reference outputs") {
    NetworkOptions options;
    options.outputs = {0, 1, 3, 4};
    check_parity("pose_landmark_heavy", false,
                 {{"landmarks_195", 1e-4},
                  {"pose_flag", 1e-4},
                  {"heatmap_logits_f16", 5e-4},
                  {"world_117", 1e-4}},
                 options);
}

TEST_CASE("the selfie networks give the reference masks") {
    check_parity("selfie_segmentation", false, {{"mask", 1e-4}});
    check_parity("selfie_segmentation_landscape", false, {{"mask", 1e-4}});
}
