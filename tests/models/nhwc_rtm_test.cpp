// The layers of RTMPose and RTMDet on the own kernels, against LibTorch's operators, on sizes and
// channel counts that no network has. In bf16 too.
#include "models/nhwc/network.h"

#include <thread>

#include "support/doctest_with_torch.h"

#include "fixtures.h"
#include "models/aten/network.h"
#include "nhwc_graphs.h"

using namespace closet;
using test::csp;
using test::GraphMaker;
using test::pool;
using Values = std::vector<std::size_t>;

namespace {

constexpr auto kSilu = Activation::kSilu;

at::Tensor noise(const NetworkGraph& graph, std::int64_t batch) {
    at::manual_seed(1);
    const auto& nhwc = graph.shapes[0];
    return at::randn({batch, nhwc[3], nhwc[1], nhwc[2]});
}

std::int64_t convolutions(const NetworkGraph& graph) {
    return std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
        return std::holds_alternative<ConvNode>(node.op);
    });
}

void check_set(const NetworkGraph& graph, const NhwcKernels& kernels, double tolerance) {
    CAPTURE(std::string(kernels.name));
    const at::Tensor input = noise(graph, 2);
    const auto expected = AtenNetwork(graph, {}).forward(input);
    const auto actual = NhwcNetwork(graph, kernels).forward(input);
    REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
        CAPTURE(i);
        REQUIRE(actual[i].sizes().vec() == expected[i].sizes().vec());
        CHECK(test::relative_error(actual[i], expected[i]) < tolerance);
    }
}

// bf16 rounds each weight and each stored number by up to 2^-9 of it. Sums of independent errors
// keep that size relative to the sum, and those of n layers in a row add up as sqrt(n); the largest
// of thousands of errors is some five deviations, against a largest value of at least one.
void check_all(const NetworkGraph& graph, double tolerance = 1e-5) {
    REQUIRE(nhwc_supports(graph));
    for (const auto& set : test::instruction_sets()) {
        check_set(graph, *set.kernels, tolerance);
    }
    if (const NhwcKernels* const halves = nhwc_kernels(Element::kBfloat16)) {
        const auto layers = static_cast<double>(2 * convolutions(graph) + 1);
        check_set(graph, *halves, 5 * std::sqrt(layers) / 512);
    }
}

}  // namespace

TEST_SUITE("own kernels for RTM") {
    TEST_CASE("convolutions with SiLU of any kernel and size equal those of LibTorch") {
        const std::pair<std::int64_t, std::int64_t> sizes[] = {
            {1, 1}, {3, 2}, {8, 6}, {5, 17}, {4, 40}};
        for (const auto& size : sizes) {
            for (const std::int64_t kernel : {1, 3, 5, 7}) {
                for (const std::int64_t stride : {1, 2}) {
                    CAPTURE(size.first);
                    CAPTURE(size.second);
                    CAPTURE(kernel);
                    CAPTURE(stride);
                    GraphMaker maker({1, size.first, size.second, 3});
                    const auto stem = maker.conv(0, {.channels = 37, .activation = kSilu});
                    const auto wide = maker.conv(
                        stem,
                        {.channels = 83, .kernel = kernel, .stride = stride, .activation = kSilu});
                    const auto few =
                        maker.conv(stem, {.channels = 17, .kernel = kernel, .stride = stride});
                    const auto sum = maker.conv(
                        stem,
                        {.channels = 17, .kernel = kernel, .stride = stride, .activation = kSilu},
                        few);
                    const auto late = maker.conv(stem,
                                                 {.channels = 17,
                                                  .kernel = kernel,
                                                  .stride = stride,
                                                  .activation = kSilu,
                                                  .residual_last = true},
                                                 few);
                    check_all(maker.graph({wide, sum, late}));
                }
            }
        }
    }

    TEST_CASE("a deep layer whose weights are read in parts equals that of LibTorch") {
        for (const std::int64_t kernel : {3, 7}) {
            CAPTURE(kernel);
            GraphMaker maker({1, 8, 6, 3});
            const auto stem = maker.conv(0, {.channels = 520, .activation = kSilu});
            check_all(maker.graph({maker.conv(stem, {.channels = 70, .kernel = kernel}),
                                   maker.conv(stem, {.channels = 17, .kernel = kernel})}));
        }
    }

    TEST_CASE("large and small numbers pass through SiLU as they should") {
        GraphMaker maker({1, 1, 40, 1});
        ConvNode line;
        line.weights = {1};
        line.bias = {0};
        line.activation = kSilu;
        const auto graph = maker.graph({maker.add(line, {0}, {1, 1, 40, 1})});
        const at::Tensor input = at::linspace(-200, 190, 40).view({1, 1, 1, 40});
        for (const auto& set : test::instruction_sets()) {
            CAPTURE(set.name);
            const auto actual = NhwcNetwork(graph, *set.kernels).forward(input)[0].view({40});
            CHECK(at::allclose(actual, at::silu(input.view({40})), 1e-6, 1e-9));
        }
    }

    TEST_CASE("a CSP layer of any width equals that of LibTorch") {
        for (const std::int64_t channels : {8, 16, 24, 32, 48, 96, 130}) {
            for (const bool attention : {false, true}) {
                CAPTURE(channels);
                CAPTURE(attention);
                GraphMaker maker({1, 7, 9, 3});
                const auto stem =
                    maker.conv(0, {.channels = channels, .kernel = 3, .activation = kSilu});
                check_all(maker.graph({csp(maker, stem, channels, attention)}));
            }
        }
    }

    TEST_CASE("pools and joined channels of any width equal those of LibTorch") {
        for (const std::int64_t channels : {3, 8, 16, 20, 48}) {
            for (const std::int64_t width : {1, 2, 6, 11}) {
                CAPTURE(channels);
                CAPTURE(width);
                GraphMaker maker({1, 8, width, 3});
                const auto first = maker.conv(0, {.channels = channels, .activation = kSilu});
                const auto five = pool(maker, first);
                const auto nine = pool(maker, five);
                const auto joined =
                    maker.add(ConcatNode{3}, {first, five, nine}, {1, 8, width, 3 * channels});
                const auto again =
                    maker.add(ConcatNode{3}, {joined, first, first}, {1, 8, width, 5 * channels});
                const auto up = maker.add(RepeatNode{2}, {first}, {1, 16, 2 * width, channels});
                const auto side = maker.add(RepeatNode{2}, {nine}, {1, 16, 2 * width, channels});
                const auto both =
                    maker.add(ConcatNode{3}, {up, side}, {1, 16, 2 * width, 2 * channels});
                check_all(maker.graph({maker.conv(joined, {.channels = 9, .kernel = 3}),
                                       maker.conv(again, {.channels = 9}),
                                       maker.conv(both, {.channels = 5, .kernel = 3})}));
            }
        }
    }

    TEST_CASE("the keypoint head equals that of LibTorch") {
        for (const std::int64_t points : {1, 17, 26}) {
            CAPTURE(points);
            GraphMaker maker({1, 8, 6, 3});
            const auto stem = maker.conv(0, {.channels = 64, .activation = kSilu});
            const auto maps = maker.conv(stem, {.channels = points, .kernel = 7});
            const auto pixels = maker.add(ChannelsToPixelsNode{}, {maps}, {1, points, 1, 48});
            const auto even = maker.add(ScaleNormNode{1.5F}, {pixels}, {1, points, 1, 48});
            const auto token = maker.conv(even, {.channels = 40});
            const auto norm = maker.add(ScaleNormNode{0.7F}, {token}, {1, points, 1, 40});
            const std::int64_t wide = 36;
            const std::int64_t shared = 12;
            const auto uv = maker.conv(norm, {.channels = 2 * wide + shared, .activation = kSilu});
            GatedAttentionNode attention;
            attention.query_scale = maker.random(shared, 1);
            attention.query_shift = maker.random(shared, 1);
            attention.key_scale = maker.random(shared, 1);
            attention.key_shift = maker.random(shared, 1);
            const auto mixed = maker.add(attention, {uv}, {1, points, 1, wide});
            const auto out = maker.conv(mixed, {.channels = 40}, token);
            check_all(maker.graph({maker.conv(out, {.channels = 33}), maker.conv(out, {})}), 3e-5);
        }
    }

    TEST_CASE("a whole network of such layers equals that of LibTorch in any batch and thread") {
        for (const std::int64_t base : {6, 8, 12, 16}) {
            CAPTURE(base);
            GraphMaker maker({1, 64, 48, 3});
            const auto stem =
                maker.conv(0, {.channels = base, .kernel = 3, .stride = 2, .activation = kSilu});
            auto value = maker.conv(stem, {.channels = 2 * base, .kernel = 3, .activation = kSilu});
            Values levels;
            for (std::int64_t stage = 0; stage < 3; ++stage) {
                const std::int64_t channels = base * (4 << stage);
                value = maker.conv(
                    value, {.channels = channels, .kernel = 3, .stride = 2, .activation = kSilu});
                value = csp(maker, value, channels, true);
                levels.push_back(value);
            }
            const auto narrow = maker.conv(value, {.channels = base * 8, .activation = kSilu});
            const auto up = maker.add(RepeatNode{2}, {narrow}, maker.shape(levels[1]));
            auto shape = maker.shape(up);
            shape[3] *= 2;
            const auto joined = maker.add(ConcatNode{3}, {up, levels[1]}, shape);
            const auto top = csp(maker, joined, base * 8, false);
            const auto graph = maker.graph(
                {maker.conv(top, {.channels = 1}), maker.conv(top, {.channels = 4}), value});
            check_all(graph, 3e-5);

            std::vector<const NhwcKernels*> all;
            for (const auto& set : test::instruction_sets()) {
                all.push_back(set.kernels);
            }
            if (nhwc_kernels(Element::kBfloat16) != nullptr) {
                all.push_back(nhwc_kernels(Element::kBfloat16));
            }
            for (const NhwcKernels* const kernels : all) {
                CAPTURE(std::string(kernels->name));
                const NhwcNetwork network(graph, *kernels);
                const at::Tensor input = noise(graph, 3);
                const auto whole = network.forward(input);
                std::vector<std::vector<at::Tensor>> single(3);
                {
                    std::vector<std::jthread> threads;
                    for (std::size_t i = 0; i < single.size(); ++i) {
                        threads.emplace_back([&, i] {
                            const auto at = static_cast<std::int64_t>(i);
                            single[i] = network.forward(input.narrow(0, at, 1));
                        });
                    }
                }
                for (std::size_t i = 0; i < single.size(); ++i) {
                    const auto at = static_cast<std::int64_t>(i);
                    CHECK(at::equal(single[i][0], whole[0].narrow(0, at, 1)));
                    CHECK(at::equal(single[i][2], whole[2].narrow(0, at, 1)));
                }
            }
        }
    }
}
