#include "models/network.h"

#include "support/doctest_with_torch.h"

#include <fstream>
#include <thread>

#include <ATen/Parallel.h>

#include "core/cpu.h"
#include "fixtures.h"
#include "small_models.h"
#include "support/temporary_folder.h"
#include "tflite_writer.h"

using namespace closet;
using W = closet::test::FlatWriter;

namespace {

// A model made here, through a file in a temporary folder.
std::shared_ptr<const Network> load(const test::Bytes& bytes, const NetworkOptions& options = {}) {
    const test::TemporaryFolder folder;
    const std::filesystem::path path = folder / "model.tflite";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return load_tflite(path, options);
}

at::Tensor random_input(std::int64_t batch, cv::Size size, std::int64_t channels = 3) {
    at::manual_seed(7);
    return at::rand({batch, channels, size.height, size.width});
}

// 1 x 3 x H x W with value = position in NHWC order.
at::Tensor counting_input(std::int64_t height, std::int64_t width, std::int64_t channels) {
    return at::arange(height * width * channels, at::kFloat)
        .reshape({1, height, width, channels})
        .permute({0, 3, 1, 2});
}

std::vector<float> values(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.contiguous();
    return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

}  // namespace

TEST_SUITE("network") {
    TEST_CASE("a batch gives what its pictures give alone") {
        for (const char* name : {"pose_detection", "pose_landmark_full"}) {
            const auto file = test::model_file(name);
            if (!file) {
                continue;
            }
            const auto network = load_tflite(*file);
            const at::Tensor batch = random_input(3, network->input_size());
            const auto together = network->forward(batch);
            for (std::int64_t i = 0; i < 3; ++i) {
                const auto alone = network->forward(batch.narrow(0, i, 1));
                for (std::size_t k = 0; k < alone.size(); ++k) {
                    CAPTURE(network->outputs()[k].name);
                    CHECK(together[k].size(0) == 3);
                    CHECK(at::equal(together[k].narrow(0, i, 1), alone[k]));
                }
            }
        }
    }

    TEST_CASE("chosen outputs equal those of the whole network in the chosen order") {
        const auto file = test::model_file("pose_landmark_full");
        if (!file) {
            return;
        }
        NetworkOptions options;
        options.outputs = {3, 0, 1};
        const auto whole = load_tflite(*file);
        const auto part = load_tflite(*file, options);
        const at::Tensor input = random_input(1, whole->input_size());
        const auto all = whole->forward(input);
        const auto some = part->forward(input);
        REQUIRE(some.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(at::equal(some[i], all[options.outputs[i]]));
            CHECK(part->outputs()[i].name == whole->outputs()[options.outputs[i]].name);
        }
    }

    TEST_CASE("two threads at once get what one gets") {
        const auto file = test::model_file("pose_landmark_full");
        if (!file) {
            return;
        }
        const auto network = load_tflite(*file);
        const at::Tensor input = random_input(2, network->input_size());
        const auto expected = network->forward(input);
        std::vector<int> equal(2, 0);
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < 2; ++t) {
            threads.emplace_back([&, t] {
                at::set_num_threads(1);
                for (int round = 0; round < 5; ++round) {
                    const auto results = network->forward(input);
                    for (std::size_t k = 0; k < results.size(); ++k) {
                        equal[t] += at::equal(results[k], expected[k]) ? 1 : 0;
                    }
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        const auto all = static_cast<int>(5 * expected.size());
        CHECK(equal == std::vector<int>{all, all});
    }

    TEST_CASE("results do not depend on the memory format of the input") {
        const auto file = test::model_file("pose_detection");
        if (!file) {
            return;
        }
        const auto network = load_tflite(*file);
        const at::Tensor input = random_input(2, network->input_size());
        const auto plain = network->forward(input);
        const auto last = network->forward(input.contiguous(at::MemoryFormat::ChannelsLast));
        CHECK(at::equal(plain[0], last[0]));
    }

    TEST_CASE("bfloat16 stays near float32 and is refused where the processor has none") {
        const auto data = test::shared_file("fixtures/blazepose/pose_landmark_full.safetensors");
        const auto file = test::model_file("pose_landmark_full");
        if (!file || !data) {
            return;
        }
        const auto tensors = test::read_safetensors(*data);
        NetworkOptions options;
        options.precision = Precision::kBf16;
        if (cpu_path() < CpuPath::kAvx512Bf16) {
            CHECK_THROWS_WITH_AS(load_tflite(*file, options),
                                 doctest::Contains("this processor has no bf16 instructions"),
                                 ModelError);
            return;
        }
        const auto results = load_tflite(*file, options)
                                 ->forward(test::network_input(tensors.at("input_u8"), false));
        CHECK(results[0].element_size() == sizeof(float));
        CHECK(test::relative_error(results[0], test::reference(tensors.at("landmarks_195"))) <
              0.05);
    }

    TEST_CASE("the input and the outputs are described") {
        const auto file = test::model_file("pose_landmark_full");
        if (!file) {
            return;
        }
        const auto network = load_tflite(*file);
        CHECK(network->input_size() == cv::Size(256, 256));
        REQUIRE(network->outputs().size() == 5);
        CHECK(network->outputs()[0].shape == std::vector<std::int64_t>{1, 195});
        CHECK(network->outputs()[3].name == "Identity_3");
        CHECK(network->outputs()[3].shape == std::vector<std::int64_t>{1, 64, 64, 39});
    }

    TEST_CASE("an input of the wrong shape or type is refused") {
        const auto network = load(test::sparse_model());
        for (const at::Tensor& wrong :
             {at::zeros({1, 3, 4, 4}), at::zeros({4, 4, 4}), at::zeros({0, 4, 4, 4}),
              at::zeros({1, 4, 4, 4}, at::kDouble), at::zeros({1, 4, 4, 5})}) {
            CHECK_THROWS_WITH_AS(network->forward(wrong),
                                 doctest::Contains("where it needs float32 Nx4x4x4"), ModelError);
        }
    }

    TEST_CASE("an output that the file lacks is refused") {
        NetworkOptions options;
        options.outputs = {1};
        CHECK_THROWS_WITH_AS(load(test::sparse_model(), options),
                             doctest::Contains("so there is no output 1"), ModelError);
    }

    TEST_CASE("sparse weights and fused additions give the numbers worked out by hand") {
        const auto results = load(test::sparse_model())->forward(at::ones({2, 4, 4, 4}));
        // (1 + 2 + 0.5) doubled and clamped to 6 and (3 - 0.5) doubled.
        CHECK(results[0].sizes().vec() == std::vector<std::int64_t>{2, 2, 2, 2});
        CHECK(values(results[0].narrow(0, 1, 1)) == std::vector<float>{6, 5, 6, 5, 6, 5, 6, 5});
    }

    TEST_CASE("padding SAME with stride 2 on an even size goes to the right and bottom") {
        test::ModelWriter model({1, 4, 4, 1});
        const auto weights = model.floats({1, 3, 3, 1}, std::vector<float>(9, 1.0F));
        const auto y = model.activation({1, 2, 2, 1});
        model.op(TfliteCode::kConv2d, {0, weights, -1}, {y}, test::options_type::kConv2d,
                 test::conv_options(true, 2, TfliteActivation::kNone));
        const auto results = load(model.bytes({y}))->forward(counting_input(4, 4, 1));
        // Rows 0..2 and columns 0..2 first; then one row or column of zeros at the far side.
        CHECK(values(results[0]) == std::vector<float>{45, 39, 66, 50});
    }

    TEST_CASE("an explicit PAD serves a convolution and other readers alike") {
        test::ModelWriter model({1, 2, 2, 1});
        const auto amounts =
            model.constant<std::int32_t>({4, 2}, TfliteType::kInt32, {0, 0, 1, 1, 1, 1, 0, 0});
        const auto weights = model.floats({1, 3, 3, 1}, {1, 0, 0, 0, 1, 0, 0, 0, 1});
        const auto padded = model.activation({1, 4, 4, 1});
        const auto y = model.activation({1, 2, 2, 1});
        const auto z = model.activation({1, 4, 4, 1});
        model.op(TfliteCode::kPad, {0, amounts}, {padded});
        model.op(TfliteCode::kConv2d, {padded, weights, -1}, {y}, test::options_type::kConv2d,
                 test::conv_options(false, 1, TfliteActivation::kNone));
        model.op(TfliteCode::kRelu, {padded}, {z});
        const auto results = load(model.bytes({y, z}))->forward(counting_input(2, 2, 1));
        CHECK(values(results[0]) == std::vector<float>{3, 1, 2, 3});
        CHECK(values(results[1]) ==
              std::vector<float>{0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 3, 0, 0, 0, 0, 0});
    }

    TEST_CASE("depth to space takes the block's row and column before the channel") {
        test::ModelWriter model({1, 1, 2, 8});
        const auto y = model.activation({1, 2, 4, 2});
        model.op(TfliteCode::kDepthToSpace, {0}, {y}, test::options_type::kDepthToSpace,
                 {{0, W::scalar(std::int32_t{2})}});
        const auto results = load(model.bytes({y}))->forward(counting_input(1, 2, 8));
        CHECK(values(results[0]) ==
              std::vector<float>{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15});
    }

    TEST_CASE("reshape and concatenation keep pictures of a batch apart") {
        test::ModelWriter model({1, 2, 1, 2});
        const auto shape = model.integers({1, 4, 1});
        const auto flat = model.activation({1, 4, 1});
        const auto joined = model.activation({1, 8, 1});
        model.op(TfliteCode::kReshape, {0, shape}, {flat});
        model.op(TfliteCode::kConcatenation, {flat, flat}, {joined}, test::options_type::kConcat,
                 {{0, W::scalar(std::int32_t{1})}});
        const at::Tensor one = counting_input(2, 1, 2);
        const auto results = load(model.bytes({joined}))->forward(at::cat({one, one + 10}));
        CHECK(values(results[0]) == std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3,  //
                                                       10, 11, 12, 13, 10, 11, 12, 13});
    }

    TEST_CASE("bilinear resize takes pixel centers at half integers") {
        test::ModelWriter model({1, 1, 2, 1});
        const auto size = model.integers({1, 4});
        const auto y = model.activation({1, 1, 4, 1});
        model.op(TfliteCode::kResizeBilinear, {0, size}, {y}, test::options_type::kResize,
                 {{3, W::scalar(std::uint8_t{1})}});
        const auto results = load(model.bytes({y}))->forward(counting_input(1, 2, 1));
        CHECK(values(results[0]) == std::vector<float>{0, 0.25F, 0.75F, 1});
    }

    TEST_CASE("padding on the channel axis adds channels of zeros") {
        test::ModelWriter model({1, 1, 2, 1});
        const auto amounts =
            model.constant<std::int32_t>({4, 2}, TfliteType::kInt32, {0, 0, 0, 0, 0, 0, 0, 2});
        const auto y = model.activation({1, 1, 2, 3});
        model.op(TfliteCode::kPad, {0, amounts}, {y});
        const auto results = load(model.bytes({y}))->forward(counting_input(1, 2, 1) + 1);
        CHECK(values(results[0]) == std::vector<float>{1, 0, 0, 2, 0, 0});
    }

    TEST_CASE("what is not supported is named") {
        const auto refuse = [](test::ModelWriter model, std::int32_t output, const char* why) {
            CHECK_THROWS_WITH_AS(load(model.bytes({output})), doctest::Contains(why), ModelError);
        };
        test::ModelWriter model({1, 2, 2, 1});
        const auto y = model.activation({1, 2, 2, 1});
        {
            auto unknown = model;
            unknown.op(static_cast<TfliteCode>(54), {0}, {y});  // PRELU
            refuse(unknown, y, "operator 54 is not supported");
        }
        {
            auto custom = model;
            custom.custom("SomebodysOperator", {0}, {y}, {});
            refuse(custom, y, "SomebodysOperator is a custom operator");
        }
        {
            auto fused = model;
            fused.op(TfliteCode::kAdd, {0, 0}, {y}, test::options_type::kAdd,
                     test::fused_only(TfliteActivation::kReluN1To1));
            refuse(fused, y, "ADD fuses the activation RELU_N1_TO_1");
        }
        {
            auto corners = model;
            const auto size = corners.integers({2, 2});
            corners.op(TfliteCode::kResizeBilinear, {0, size}, {y}, test::options_type::kResize,
                       {{2, W::scalar(std::uint8_t{1})}});
            refuse(corners, y, "RESIZE_BILINEAR is supported with half_pixel_centers only");
        }
        {
            auto shape = model;
            const auto weights = shape.floats({1, 1, 1, 2}, {1, 1});
            shape.op(TfliteCode::kConv2d, {0, weights, -1}, {y}, test::options_type::kConv2d,
                     test::conv_options(true, 1, TfliteActivation::kNone));
            refuse(shape, y, "CONV_2D has weights of shape 1x1x1x2 where 1x1x1x1 is needed");
        }
        {
            auto early = model;
            const auto z = early.activation({1, 2, 2, 1});
            early.op(TfliteCode::kRelu, {z}, {y});
            refuse(early, y, "RELU reads 't2', which nothing before it computes");
        }
        refuse(model, y, "never computes its output 't1'");
    }
}
