// Plans of the own kernels in memory of exactly their size (this program also runs under
// sanitizers), with whatever was in it before.
#include "models/nhwc/plan.h"

#include <cstring>

#include <doctest/doctest.h>

#include "nhwc_graphs.h"

using namespace closet;
using test::GraphMaker;

namespace {

std::vector<const NhwcKernels*> all_kernels() {
    std::vector<const NhwcKernels*> all;
    for (const auto& set : test::instruction_sets()) {
        all.push_back(set.kernels);
    }
    if (const NhwcKernels* const halves = nhwc_kernels(Element::kBfloat16)) {
        all.push_back(halves);
    }
    return all;
}

std::vector<std::vector<float>> run(const NetworkGraph& graph, const NhwcKernels& kernels,
                                    unsigned char before) {
    const NhwcPlan plan = make_nhwc_plan(graph, kernels);
    const AlignedBytes arena = aligned_bytes(plan.arena_bytes);
    const AlignedBytes scratch = aligned_bytes(plan.scratch_bytes);
    std::memset(arena.get(), before, plan.arena_bytes);
    std::memset(scratch.get(), before, plan.scratch_bytes);
    std::vector<float> input(static_cast<std::size_t>(plan.values[0].height * plan.values[0].row));
    for (std::size_t i = 0; i < input.size(); ++i) {
        input[i] = static_cast<float>(i % 17) / 8 - 1;
    }
    std::vector<std::vector<float>> outputs;
    std::vector<float*> targets;
    for (const auto id : plan.outputs) {
        const Value& value = plan.values[id];
        outputs.emplace_back(static_cast<std::size_t>(value.height * value.width * value.channels));
    }
    for (auto& output : outputs) {
        targets.push_back(output.data());
    }
    run_nhwc(plan, kernels, input.data(), targets, arena.get(), scratch.get());
    return outputs;
}

// Bytes of 0xFF are no numbers in either format: one that counted would show in the result.
void check_clean(const NetworkGraph& graph) {
    REQUIRE(nhwc_supports(graph));
    for (const NhwcKernels* const kernels : all_kernels()) {
        CAPTURE(std::string(kernels->name));
        CHECK(run(graph, *kernels, 0) == run(graph, *kernels, 0xFF));
    }
}

}  // namespace

TEST_SUITE("plans of own kernels") {
    TEST_CASE("what was in the memory before does not count") {
        for (const std::int64_t channels : {1, 3, 8, 13, 16, 24, 33, 48}) {
            for (const std::int64_t width : {1, 5, 12, 19}) {
                CAPTURE(channels);
                CAPTURE(width);
                GraphMaker maker({1, 9, width, 3});
                const auto stem = maker.conv(
                    0, {.channels = channels, .kernel = 3, .activation = Activation::kSilu});
                const auto layer = csp(maker, stem, 2 * channels, true);
                const auto pooled = pool(maker, layer);
                const auto joined =
                    maker.add(ConcatNode{3}, {layer, pooled}, {1, 9, width, 4 * channels});
                const auto up =
                    maker.add(RepeatNode{2}, {joined}, {1, 18, 2 * width, 4 * channels});
                const auto down = maker.conv(up, {.kernel = 5, .stride = 2, .depthwise = true});
                check_clean(maker.graph({maker.conv(down, {.channels = 17, .kernel = 7}),
                                         maker.conv(down, {.channels = 1, .kernel = 3}),
                                         maker.conv(joined, {.channels = 5, .stride = 2}), up}));
            }
        }
    }

    TEST_CASE("chains of large pictures need no initial values either") {
        GraphMaker maker({1, 70, 66, 3});
        const auto stem = maker.conv(
            0, {.channels = 12, .kernel = 3, .stride = 1, .activation = Activation::kSilu});
        const auto wide =
            maker.conv(stem, {.channels = 40, .kernel = 3, .activation = Activation::kSilu});
        const auto local = maker.conv(wide, {.kernel = 5, .stride = 2, .depthwise = true});
        check_clean(maker.graph({maker.conv(local, {.channels = 9, .kernel = 3}),
                                 maker.conv(stem, {.channels = 1, .kernel = 3})}));
    }

    TEST_CASE("what only the last output needs runs on demand") {
        GraphMaker maker({1, 12, 10, 3});
        const auto stem = maker.conv(0, {.channels = 16, .kernel = 3});
        const auto branch = maker.conv(stem, {.kernel = 3, .depthwise = true});
        const auto mask = maker.conv(branch, {.channels = 1, .kernel = 3});
        const auto points = maker.conv(stem, {.channels = 9, .stride = 2});
        NetworkGraph graph = maker.graph({points, mask});
        const auto expected = run(graph, *all_kernels().front(), 0);
        put_last_output_last(graph);
        CHECK(graph.nodes.back().output == mask);
        const NhwcPlan plan = make_nhwc_plan(graph, *all_kernels().front());
        CHECK(plan.first_for_last < plan.steps.size());
        const AlignedBytes arena = aligned_bytes(plan.arena_bytes);
        const AlignedBytes scratch = aligned_bytes(plan.scratch_bytes);
        std::vector<float> input(12 * 10 * 3);
        for (std::size_t i = 0; i < input.size(); ++i) {
            input[i] = static_cast<float>(i % 17) / 8 - 1;
        }
        for (const bool wanted : {false, true}) {
            std::vector<float> first(expected[0].size()), last(expected[1].size(), -7.0F);
            const std::vector<float*> targets{first.data(), last.data()};
            run_nhwc(plan, *all_kernels().front(), input.data(), targets, arena.get(),
                     scratch.get(), [&] {
                         CHECK(first == expected[0]);
                         return wanted;
                     });
            CHECK(first == expected[0]);
            CHECK(last == (wanted ? expected[1] : std::vector<float>(last.size(), -7.0F)));
        }
    }

    TEST_CASE("joined channels are not copied where they are whole vectors") {
        const NhwcKernels* const kernels = nhwc_kernels();
        for (const std::int64_t channels : {32, 24}) {
            GraphMaker maker({1, 8, 6, 3});
            const auto a = maker.conv(0, {.channels = channels});
            const auto b = maker.conv(0, {.channels = channels});
            const auto both = maker.add(ConcatNode{3}, {a, b}, {1, 8, 6, 2 * channels});
            const NhwcPlan plan =
                make_nhwc_plan(maker.graph({maker.conv(both, {.channels = 8})}), *kernels);
            const bool copies = std::any_of(plan.steps.begin(), plan.steps.end(), [](auto& step) {
                return std::holds_alternative<JoinStep>(step.op);
            });
            CHECK(copies == (channels % kernels->lanes != 0));
        }
    }
}
