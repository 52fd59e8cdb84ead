// Real .onnx files against onnxruntime's outputs, with the tolerances of the reference data's own
// README.
#include "support/doctest_with_torch.h"

#include <map>
#include <string>

#include <opencv2/imgcodecs.hpp>

#include "models/aten/network.h"
#include "models/fixtures.h"
#include "models/nhwc/network.h"
#include "models/onnx/graph_builder.h"

using namespace closet;

namespace {

constexpr const char* kPeople[] = {"person_00034", "person_00055", "person_00121", "person_01992"};

/// An input picture of the reference data, R G B, N x 3 x H x W in 0..255.
at::Tensor picture(const std::filesystem::path& path) {
    const cv::Mat bgr = cv::imread(path.string(), cv::IMREAD_COLOR);
    REQUIRE(!bgr.empty());
    return at::from_blob(bgr.data, {1, bgr.rows, bgr.cols, 3}, at::kByte)
        .flip({3})
        .permute({0, 3, 1, 2})
        .to(at::kFloat);
}

at::Tensor pan_input(const std::filesystem::path& path) {
    const at::Tensor mean = at::tensor({0.485F, 0.456F, 0.406F}).reshape({1, 3, 1, 1});
    const at::Tensor deviation = at::tensor({0.229F, 0.224F, 0.225F}).reshape({1, 3, 1, 1});
    return (picture(path) / 255 - mean) / deviation;
}

std::shared_ptr<const Network> on_libtorch(NetworkGraph graph) {
    return std::make_shared<AtenNetwork>(std::move(graph), NetworkOptions{});
}

}  // namespace

TEST_SUITE("parity") {
    TEST_CASE("skin, clothes and hair are those of onnxruntime") {
        const auto file = test::shared_file("weights/pan_mnv3s_skin_clothes_hair.onnx");
        const auto data = test::shared_file("weights/expected.safetensors");
        if (!file || !data) {
            return;
        }
        const auto expected = test::read_safetensors(*data);
        const auto own = load_onnx(*file);
        CHECK(std::dynamic_pointer_cast<const NhwcNetwork>(own) != nullptr);
        CHECK(own->input_size() == cv::Size(512, 512));
        for (const auto& network : {own, on_libtorch(build_graph(read_onnx(*file), {}))}) {
            std::vector<at::Tensor> inputs, results;
            for (const std::string person : kPeople) {
                CAPTURE(person);
                const std::string key = "pan/" + person;
                inputs.push_back(pan_input(file->parent_path() / ("input_pan_" + person + ".png")));
                results.push_back(network->forward(inputs.back())[0]);
                const at::Tensor chances = results.back()[0].permute({2, 0, 1});
                constexpr double kTolerance = 2e-4;
                CHECK(test::largest_difference(chances.slice(1, 0, 512, 8).slice(2, 0, 512, 8),
                                               test::reference(expected.at(key + "/every8"))) <
                      kTolerance);
                CHECK(test::largest_difference(chances.select(1, 256),
                                               test::reference(expected.at(key + "/row256"))) <
                      kTolerance);
            }
            const auto batch = network->forward(at::cat({inputs[0], inputs[1], inputs[2]}))[0];
            CHECK(at::equal(batch, at::cat({results[0], results[1], results[2]})));
        }
    }

    TEST_CASE("body parts are those of onnxruntime") {
        const auto file = test::shared_file("weights/bodypix_mnv1_x050_s8.onnx");
        const auto data = test::shared_file("weights/expected.safetensors");
        if (!file || !data) {
            return;
        }
        const auto expected = test::read_safetensors(*data);
        NetworkOptions options;
        options.input_shape = {353, 257};
        const auto own = load_onnx(*file, options);
        CHECK(std::dynamic_pointer_cast<const NhwcNetwork>(own) != nullptr);
        std::map<std::string, std::size_t> at_name;
        for (std::size_t i = 0; i < own->outputs().size(); ++i) {
            at_name[own->outputs()[i].name] = i;
        }
        // The padding of the original file, "same" with gaps, is what its twin spells out.
        const auto twin = file->parent_path() / "bodypix_mnv1_x050_s8_fix.onnx";
        for (const auto& network :
             {own, load_onnx(twin, options),
              on_libtorch(build_graph(read_onnx(*file), {}, options.input_shape))}) {
            for (const std::string person : kPeople) {
                CAPTURE(person);
                const at::Tensor input =
                    picture(file->parent_path() / ("input_bodypix_" + person + ".png")) / 127.5 - 1;
                const auto results = network->forward(input);
                const auto output = [&](const char* name) { return results[at_name.at(name)][0]; };
                const auto check = [&](const at::Tensor& actual, const std::string& key) {
                    CAPTURE(key);
                    const at::Tensor wanted =
                        test::reference(expected.at("bodypix/" + person + "/" + key));
                    REQUIRE(actual.sizes().vec() == wanted.sizes().vec());
                    // 1e-3 on logits; offsets are pixels, up to 200, and of the same accuracy.
                    const double largest = wanted.abs().max().item<double>();
                    CHECK(test::largest_difference(actual, wanted) <
                          1e-3 * std::max(1.0, largest / 10));
                };
                const auto every = [](const at::Tensor& map) {
                    return map.slice(0, 0, map.size(0), 4).slice(1, 0, map.size(1), 4);
                };
                check(output("segments"), "segments");
                check(every(output("part_heatmaps")), "part_heatmaps_every4");
                check(every(output("heatmaps")), "heatmaps_every4");
                check(every(output("short_offsets")), "short_offsets_every4");
                for (const char* name :
                     {"part_offsets", "long_offsets", "displacement_fwd", "displacement_bwd"}) {
                    check(output(name).select(0, 22).slice(0, 0, 33, 4),
                          std::string(name) + "_row22");
                }
            }
        }
    }
}
