// The own kernels against LibTorch's operators, on sizes and channel counts that no network has.
#include "models/nhwc/network.h"

#include "support/doctest_with_torch.h"

#include "fixtures.h"
#include "models/aten/network.h"
#include "models/nhwc/plan.h"
#include "models/tflite/graph_builder.h"
#include "nhwc_graphs.h"

using namespace closet;

using test::GraphMaker;
using test::instruction_sets;
using test::Instructions;

namespace {

enum class Compare { kValues, kProbabilities };  ///< as they are, or logits after a sigmoid

void check_equal(const NetworkGraph& graph, double tolerance = 1e-5,
                 Compare compare = Compare::kValues) {
    REQUIRE(nhwc_supports(graph));
    const auto read = [&](const at::Tensor& output) {
        return compare == Compare::kProbabilities ? at::sigmoid(output) : output;
    };
    at::manual_seed(1);  // the same noise in every run
    const auto& nhwc = graph.shapes[0];
    const at::Tensor input = at::rand({2, nhwc[3], nhwc[1], nhwc[2]});
    const auto expected = AtenNetwork(graph, {}).forward(input);
    for (const Instructions& set : instruction_sets()) {
        CAPTURE(set.name);
        const auto actual = NhwcNetwork(graph, *set.kernels).forward(input);
        REQUIRE(actual.size() == expected.size());
        for (std::size_t i = 0; i < actual.size(); ++i) {
            CAPTURE(i);
            REQUIRE(actual[i].sizes().vec() == expected[i].sizes().vec());
            CHECK(test::relative_error(read(actual[i]), read(expected[i])) < tolerance);
        }
    }
}

}  // namespace

TEST_SUITE("own kernels") {
    TEST_CASE("a bottleneck of any size equals that of LibTorch") {
        const std::pair<std::int64_t, std::int64_t> sizes[] = {{1, 1},   {2, 3},   {5, 7},
                                                               {17, 16}, {33, 50}, {64, 128}};
        for (const auto& size : sizes) {
            const std::int64_t height = size.first;
            const std::int64_t width = size.second;
            for (const std::int64_t kernel : {3, 5}) {
                for (const std::int64_t stride : {1, 2}) {
                    for (const bool uneven : {false, true}) {
                        if (uneven && std::min(height, width) < kernel) {
                            continue;
                        }
                        CAPTURE(height);
                        CAPTURE(width);
                        CAPTURE(kernel);
                        CAPTURE(stride);
                        CAPTURE(uneven);
                        GraphMaker maker({1, height, width, 3});
                        const auto stem = maker.conv(
                            0, {.channels = 20, .kernel = 3, .activation = Activation::kRelu6});
                        const auto up =
                            maker.conv(stem, {.channels = 70, .activation = Activation::kRelu});
                        const auto local = maker.conv(up, {.kernel = kernel,
                                                           .stride = stride,
                                                           .depthwise = true,
                                                           .activation = Activation::kRelu6,
                                                           .uneven = uneven});
                        const auto down = maker.conv(local, {.channels = 20});
                        std::vector<std::size_t> outputs = {down};
                        if (maker.shape(down) == maker.shape(stem)) {
                            outputs.push_back(maker.conv(
                                local, {.channels = 20, .activation = Activation::kRelu6}, stem));
                        }
                        check_equal(maker.graph(outputs));
                    }
                }
            }
        }
    }

    TEST_CASE("any number of channels equals that of LibTorch") {
        for (const std::int64_t channels : {1, 7, 8, 9, 16, 24, 33, 64, 65, 117, 195}) {
            CAPTURE(channels);
            GraphMaker maker({1, 6, 10, 5});
            const auto dense = maker.conv(0, {.channels = channels, .kernel = 3, .stride = 2});
            const auto next =
                maker.conv(dense, {.channels = 13, .activation = Activation::kHardSwish});
            const auto single =
                maker.conv(dense, {.channels = 1, .kernel = 3, .activation = Activation::kSigmoid});
            check_equal(maker.graph({dense, next, single}));
        }
    }

    TEST_CASE("convolutions in fewer multiplications equal those of LibTorch") {
        const std::pair<std::int64_t, std::int64_t> sizes[] = {{7, 8}, {24, 17}, {31, 66}};
        for (const auto& size : sizes) {
            for (const std::int64_t kernel : {3, 7}) {
                for (const bool uneven : {false, true}) {
                    CAPTURE(size.first);
                    CAPTURE(kernel);
                    CAPTURE(uneven);
                    GraphMaker maker({1, size.first, size.second, 3});
                    const auto stem = maker.conv(0, {.channels = 48, .kernel = 3});
                    const GraphMaker::ConvChoice same = {.channels = 48, .kernel = kernel};
                    auto late = same, early = same, other = same;
                    late.activation = Activation::kSilu;
                    late.residual_last = true;
                    early.activation = Activation::kRelu6;
                    other.uneven = uneven;
                    const auto a = maker.conv(stem, late, stem);
                    const auto b = maker.conv(a, early, stem);
                    auto shape = maker.shape(a);
                    shape[3] = 96;
                    const auto joined = maker.add(ConcatNode{3}, {a, b}, shape);
                    const auto c = maker.conv(joined, other);
                    const NetworkGraph graph = maker.graph({b, c});
                    for (const Instructions& set : instruction_sets()) {
                        const NhwcPlan plan = make_nhwc_plan(graph, *set.kernels);
                        std::size_t found = 0;
                        for (const Step& step : plan.steps) {
                            const auto* chain = std::get_if<Chain>(&step.op);
                            found += chain != nullptr && chain->stages[0].winograd ? 1 : 0;
                        }
                        CHECK(found == 3);
                    }
                    check_equal(graph, 2e-5);
                }
            }
        }
    }

    TEST_CASE("strided and narrow convolutions in fewer multiplications equal those of LibTorch") {
        for (const std::int64_t height : {27, 30}) {
            for (const bool uneven : {false, true}) {
                CAPTURE(height);
                CAPTURE(uneven);
                GraphMaker maker({1, height, 33, 3});
                const auto narrow = maker.conv(0, {.channels = 16, .kernel = 3});
                const auto stem = maker.conv(narrow, {.channels = 64, .kernel = 3});
                GraphMaker::ConvChoice half = {.channels = 72, .kernel = 3, .stride = 2};
                half.uneven = uneven;
                const auto smaller = maker.conv(stem, half);
                half.activation = Activation::kSilu;
                const auto other = maker.conv(stem, half, smaller);
                const NetworkGraph graph = maker.graph({other});
                for (const Instructions& set : instruction_sets()) {
                    const NhwcPlan plan = make_nhwc_plan(graph, *set.kernels);
                    const auto fewer = [](const Step& step) {
                        const auto* chain = std::get_if<Chain>(&step.op);
                        return chain != nullptr && chain->stages[0].winograd.has_value();
                    };
                    CHECK(std::count_if(plan.steps.begin(), plan.steps.end(), fewer) == 3);
                }
                check_equal(graph, 2e-5);
            }
        }
    }

    TEST_CASE("the operators around convolutions equal those of LibTorch") {
        for (const std::int64_t channels : {4, 12, 16, 40}) {
            CAPTURE(channels);
            GraphMaker maker({1, 6, 10, 3});
            const auto a = maker.conv(0, {.channels = channels});
            const auto b = maker.conv(0, {.channels = channels, .kernel = 3, .stride = 2});
            const auto up = maker.add(ResizeNode{}, {b}, {1, 6, 10, channels});
            const auto sum = maker.add(ArithmeticNode{}, {a, up}, maker.shape(a));
            const auto alone = maker.add(ResizeNode{}, {b}, {1, 7, 4, channels});
            const auto clamped = maker.add(ArithmeticNode{Arithmetic::kAdd, Activation::kRelu6},
                                           {a, sum}, maker.shape(a));
            PoolNode pool;
            pool.window = {2, 2, 2, 2, 1, 1, 0, 0, 0, 0};
            const auto pooled = maker.add(pool, {clamped}, {1, 3, 5, channels});
            PadNode pad;
            pad.before = {0, 1, 0, 0};
            pad.after = {0, 0, 2, 6};
            const auto padded = maker.add(pad, {pooled}, {1, 4, 7, channels + 6});
            const auto spread = maker.add(DepthToSpaceNode{2}, {pooled}, {1, 6, 10, channels / 4});
            const auto flat = maker.add(ReshapeNode{}, {pooled}, {1, 15, channels});
            const auto joined = maker.add(ConcatNode{1}, {flat, flat}, {1, 30, channels});
            const auto chance =
                maker.add(ActivationNode{Activation::kSigmoid}, {joined}, {1, 30, channels});
            check_equal(maker.graph({sum, alone, padded, spread, chance}));
        }
    }

    TEST_CASE("windows with gaps between their taps equal those of LibTorch") {
        for (const std::int64_t dilation : {2, 3, 8}) {
            for (const std::int64_t width : {5, 33}) {
                CAPTURE(dilation);
                CAPTURE(width);
                GraphMaker maker({1, 21, width, 3});
                const auto read =
                    maker.conv(0, {.channels = 17, .kernel = 3, .dilation = dilation});
                const auto dense = maker.conv(
                    read, {.channels = 24, .kernel = 3, .stride = 2, .dilation = dilation});
                const auto single =
                    maker.conv(dense, {.channels = 1, .kernel = 3, .dilation = dilation});
                const auto three =
                    maker.conv(read, {.kernel = 3, .depthwise = true, .dilation = dilation});
                const auto five = maker.conv(three, {.kernel = 5,
                                                     .depthwise = true,
                                                     .activation = Activation::kRelu6,
                                                     .dilation = dilation});
                const auto down = maker.conv(five, {.channels = 9});
                check_equal(maker.graph({dense, single, down}));
            }
        }
    }

    TEST_CASE("a layer whose weights are read in parts equals that of LibTorch") {
        GraphMaker maker({1, 7, 5, 3});
        const auto many = maker.conv(0, {.channels = 1040, .kernel = 3});
        GraphMaker::ConvChoice deep = {.channels = 56, .kernel = 3, .dilation = 2};
        const auto apart = maker.conv(many, deep);
        deep.dilation = 1;
        deep.stride = 2;
        const auto down = maker.conv(many, deep);
        deep.activation = Activation::kSilu;
        deep.residual_last = true;
        const auto again = maker.conv(many, deep, down);
        check_equal(maker.graph({apart, again}));
    }

    TEST_CASE("a resize takes its samples where LibTorch does") {
        for (const ResizeGrid grid :
             {ResizeGrid::kHalfPixel, ResizeGrid::kAlignCorners, ResizeGrid::kAsymmetric}) {
            for (const auto& [height, width] :
                 {std::pair<std::int64_t, std::int64_t>{1, 1}, {5, 3}, {13, 29}, {10, 7}}) {
                CAPTURE(height);
                GraphMaker maker({1, 5, 7, 3});
                const auto a = maker.conv(0, {.channels = 12});
                const auto up = maker.add(ResizeNode{grid}, {a}, {1, height, width, 12});
                check_equal(maker.graph({up}));
            }
        }
    }

    TEST_CASE("operators of any rank and layout equal those of LibTorch") {
        for (const std::int64_t channels : {1, 8, 13}) {
            CAPTURE(channels);
            GraphMaker maker({1, 6, 10, 3});
            const auto a = maker.conv(0, {.channels = channels});
            const auto b = maker.conv(0, {.channels = channels, .kernel = 3});
            const auto squares = maker.add(FunctionNode{Function::kSquare}, {a}, maker.shape(a));
            const auto roots = maker.add(FunctionNode{Function::kSqrt}, {squares}, maker.shape(a));
            const auto bent = maker.add(PReluNode{maker.random(channels, 1)}, {b}, maker.shape(b));
            const auto clamped = maker.add(ClampNode{-0.3F, 0.4F}, {b}, maker.shape(b));
            const auto one =
                maker.add(ConstantNode{maker.random(channels, 1)}, {}, {1, 1, 1, channels});
            const auto row = maker.add(ConstantNode{maker.random(10, 1)}, {}, {1, 1, 10, 1});
            const auto less = maker.add(ArithmeticNode{Arithmetic::kSubtract, Activation::kSigmoid},
                                        {a, one}, maker.shape(a));
            const auto scaled =
                maker.add(ArithmeticNode{Arithmetic::kMultiply}, {row, b}, maker.shape(b));
            const auto larger =
                maker.add(ArithmeticNode{Arithmetic::kMaximum}, {a, b}, maker.shape(a));
            const auto turned =
                maker.add(TransposeNode{{0, 3, 1, 2}}, {larger}, {1, channels, 6, 10});
            const auto piece = maker.add(SliceNode{2, 1, 2}, {turned}, {1, channels, 3, 10});
            const auto flat = maker.add(ReshapeNode{}, {a}, {1, 60, channels});
            const auto upright = maker.add(TransposeNode{{0, 2, 1}}, {flat}, {1, channels, 60});
            const auto products = maker.add(MatMulNode{}, {upright, flat}, {1, channels, channels});
            const auto chances = maker.add(SoftmaxNode{}, {products}, {1, channels, channels});
            const auto picture = maker.add(ReshapeNode{}, {chances}, {1, channels, 1, channels});
            const auto on = maker.conv(picture, {.channels = 11});
            const auto mean = maker.add(ReduceNode{Reduction::kMean, 3}, {a}, {1, 6, 10, 1});
            const auto length =
                maker.add(ReduceNode{Reduction::kLength, 2}, {upright}, {1, channels, 1});
            const auto top =
                maker.add(ReduceNode{Reduction::kMaximum, 1}, {b}, {1, 1, 10, channels});
            const auto stack = maker.add(ConcatNode{1}, {a, b, a}, {1, 18, 10, channels});
            PoolNode average;
            average.maximum = false;
            average.window = {3, 2, 2, 2, 1, 1, 1, 1, 0, 0};
            const auto averaged = maker.add(average, {b}, {1, 3, 5, channels});
            check_equal(maker.graph({roots, bent, clamped, less, scaled, piece, on, mean, length,
                                     top, stack, averaged}));
        }
    }

    TEST_CASE("the networks use them on any processor") {
        const auto file = test::model_file("pose_landmark_full");
        if (!file) {
            return;
        }
        CHECK(std::dynamic_pointer_cast<const NhwcNetwork>(load_tflite(*file)) != nullptr);
        if (nhwc_kernels(Element::kBfloat16) != nullptr) {
            NetworkOptions options;
            options.precision = Precision::kBf16;
            const auto halves = load_tflite(*file, options);
            CHECK(std::dynamic_pointer_cast<const NhwcNetwork>(halves) != nullptr);
        }
    }

    TEST_CASE("each path of the processor has kernels of its own") {
        CHECK(nhwc_kernels() == nhwc_kernels(Element::kFloat, cpu_path()));
        CHECK(nhwc_kernels(Element::kFloat, CpuPath::kGeneric) == &generic_kernels());
        CHECK(nhwc_kernels(Element::kBfloat16, CpuPath::kGeneric) == nullptr);
        CHECK(instruction_sets().size() ==
              1 + static_cast<std::size_t>(std::min(cpu_path(), CpuPath::kAvx512)));
        for (const Instructions& set : instruction_sets()) {
            CHECK(set.kernels->element == Element::kFloat);
        }
    }

    TEST_CASE("LibTorch's operators give the same for the pose networks") {
        // A hundred layers over noise: roundings add up (the references are met more closely).
        constexpr double kTolerance = 1e-3;
        if (const auto file = test::model_file("pose_detection")) {
            check_equal(build_graph(read_tflite(*file), {}), kTolerance);
        }
        if (const auto file = test::model_file("pose_landmark_full")) {
            const TfliteFile full = read_tflite(*file);
            check_equal(build_graph(full, {0, 1, 3, 4}), kTolerance);
            // The mask's logits reach into the hundreds and mean nothing beyond their sigmoid. The
            // tolerance is that of the reference data (README there).
            constexpr double kMaskTolerance = 2e-3;
            check_equal(build_graph(full, {2}), kMaskTolerance, Compare::kProbabilities);
        }
    }
}
