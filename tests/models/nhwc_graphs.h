#pragma once

// Graphs for tests of the own kernels. No LibTorch here.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/cpu.h"
#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"

namespace closet::test {

struct Instructions {
    std::string name;
    const NhwcKernels* kernels;
};

// Those of all paths that this processor can take, and CLOSET_CPU allows.
inline std::vector<Instructions> instruction_sets() {
    std::vector<Instructions> sets;
    for (const CpuPath path : {CpuPath::kGeneric, CpuPath::kAvx2, CpuPath::kAvx512}) {
        if (path <= cpu_path()) {
            const NhwcKernels* const kernels = nhwc_kernels(Element::kFloat, path);
            sets.push_back({kernels->name, kernels});
        }
    }
    return sets;
}

// The same of those that store uint8, with VNNI and without.
inline std::vector<Instructions> int8_instruction_sets() {
    std::vector<Instructions> sets;
    for (const CpuPath path : {CpuPath::kAvx2, CpuPath::kAvx512}) {
        for (const bool vnni : {false, true}) {
            if (path <= cpu_path() && (!vnni || processor_has_vnni(path))) {
                const NhwcKernels* const kernels = int8_kernels(path, vnni);
                sets.push_back({kernels->name, kernels});
            }
        }
    }
    return sets;
}

// Builds a graph node by node, with normal weights.
class GraphMaker {
  public:
    explicit GraphMaker(std::vector<std::int64_t> input) {
        graph_.name = "made";
        graph_.shapes.push_back(std::move(input));
    }

    struct ConvChoice {
        std::int64_t channels = 8, kernel = 1, stride = 1;
        bool depthwise = false;
        Activation activation = Activation::kNone;
        bool uneven = false;  ///< one row and column less of padding at the top and left
        bool residual_last = false;
        std::int64_t dilation = 1;
    };

    std::size_t conv(std::size_t input, const ConvChoice& choice,
                     std::optional<std::size_t> residual = std::nullopt) {
        const auto& in = graph_.shapes[input];
        const std::int64_t channels = choice.depthwise ? in[3] : choice.channels;
        ConvNode node;
        node.depthwise = choice.depthwise;
        node.activation = choice.activation;
        node.residual_last = choice.residual_last;
        const std::int64_t seen = (choice.kernel - 1) * choice.dilation + 1;
        const std::int64_t pad = seen / 2;
        const std::int64_t before = choice.uneven && pad > 0 ? pad - 1 : pad;
        node.window = {
            choice.kernel,   choice.kernel, choice.stride, choice.stride, choice.dilation,
            choice.dilation, before,        pad,           before,        pad};
        const std::int64_t depth = choice.kernel * choice.kernel * (choice.depthwise ? 1 : in[3]);
        // Sums as large as what they are made of, however deep the graph.
        node.weights = random(channels * depth, 1 / std::sqrt(static_cast<double>(depth)));
        node.bias = random(channels, 0.3);
        const auto slide = [&](std::int64_t length) {
            return (length + before + pad - seen) / choice.stride + 1;
        };
        const std::vector<std::int64_t> shape = {1, slide(in[1]), slide(in[2]), channels};
        std::vector<std::size_t> inputs = {input};
        if (residual) {
            inputs.push_back(*residual);
        }
        return add(std::move(node), std::move(inputs), shape);
    }

    template <class Op>
    std::size_t add(Op op, std::vector<std::size_t> inputs, std::vector<std::int64_t> shape) {
        graph_.shapes.push_back(std::move(shape));
        graph_.nodes.push_back({std::move(op), std::move(inputs), graph_.shapes.size() - 1});
        return graph_.shapes.size() - 1;
    }

    const std::vector<std::int64_t>& shape(std::size_t value) const { return graph_.shapes[value]; }

    NetworkGraph graph(std::vector<std::size_t> outputs) {
        graph_.outputs = std::move(outputs);
        graph_.output_names.assign(graph_.outputs.size(), "out");
        return graph_;
    }

    std::vector<float> random(std::int64_t count, double deviation) {
        std::normal_distribution<double> normal(0, deviation);
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) {
            value = static_cast<float>(normal(engine_));
        }
        return values;
    }

  private:
    std::mt19937 engine_{11};
    NetworkGraph graph_;
};

/// A CSP layer with one block, as RTMPose (with attention) and RTMDet (without) have it.
inline std::size_t csp(GraphMaker& maker, std::size_t input, std::int64_t channels,
                       bool attention) {
    const std::int64_t half = channels / 2;
    const auto brief = maker.conv(input, {.channels = half, .activation = Activation::kSilu});
    const auto main = maker.conv(input, {.channels = half, .activation = Activation::kSilu});
    const auto wide =
        maker.conv(main, {.channels = half, .kernel = 3, .activation = Activation::kSilu});
    const auto local =
        maker.conv(wide, {.kernel = 5, .depthwise = true, .activation = Activation::kSilu});
    const auto block = maker.conv(
        local, {.channels = half, .activation = Activation::kSilu, .residual_last = true}, main);
    auto shape = maker.shape(input);
    shape[3] = 2 * half;
    auto joined = maker.add(ConcatNode{3}, {block, brief}, shape);
    if (attention) {
        const auto mean = maker.add(GlobalMeanNode{}, {joined}, {1, 1, 1, shape[3]});
        const auto gate =
            maker.conv(mean, {.channels = shape[3], .activation = Activation::kHardSigmoid});
        joined = maker.add(ArithmeticNode{Arithmetic::kMultiply, Activation::kNone}, {joined, gate},
                           shape);
    }
    return maker.conv(joined, {.channels = channels, .activation = Activation::kSilu});
}

/// One of the pools of SPP.
inline std::size_t pool(GraphMaker& maker, std::size_t input) {
    PoolNode node;
    node.window = {5, 5, 1, 1, 1, 1, 2, 2, 2, 2};
    return maker.add(node, {input}, maker.shape(input));
}

}  // namespace closet::test
