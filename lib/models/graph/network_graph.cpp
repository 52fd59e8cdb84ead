#include "models/graph/network_graph.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

std::vector<std::size_t> count_uses(const NetworkGraph& graph) {
    std::vector<std::size_t> uses(graph.shapes.size(), 0);
    for (const Node& node : graph.nodes) {
        for (const auto input : node.inputs) {
            ++uses[input];
        }
    }
    for (const auto output : graph.outputs) {
        ++uses[output];
    }
    return uses;
}

// The activation slot of a node that can take one more, i.e. has none yet.
Activation* free_activation(Node& node) {
    Activation* slot = nullptr;
    if (auto* conv = std::get_if<ConvNode>(&node.op)) {
        slot = &conv->activation;
    } else if (auto* up = std::get_if<BlockUpsampleNode>(&node.op)) {
        slot = &up->activation;
    } else if (auto* arithmetic = std::get_if<ArithmeticNode>(&node.op)) {
        slot = &arithmetic->activation;
    }
    return slot != nullptr && *slot == Activation::kNone ? slot : nullptr;
}

// Lets `node` (an activation) be done by the producer of its input.
bool fuse_activation(const Node& node, Node& producer) {
    const auto* own = std::get_if<ActivationNode>(&node.op);
    Activation* const slot = own != nullptr ? free_activation(producer) : nullptr;
    if (slot == nullptr) {
        return false;
    }
    *slot = own->activation;
    producer.output = node.output;
    return true;
}

// Turns `node`, an addition, into the convolution that `producer` is, plus a residual. `side` is
// the operand that the convolution gives.
bool fuse_addition(Node& node, Node& producer, std::size_t side, const NetworkGraph& graph) {
    const auto* own = std::get_if<ArithmeticNode>(&node.op);
    auto* conv = std::get_if<ConvNode>(&producer.op);
    if (own == nullptr || own->operation != Arithmetic::kAdd || conv == nullptr ||
        conv->depthwise || conv->activation != Activation::kNone || producer.inputs.size() != 1) {
        return false;
    }
    const std::size_t residual = node.inputs[1 - side];
    if (graph.shapes[residual] != graph.shapes[node.output]) {
        return false;
    }
    ConvNode fused = std::move(*conv);
    fused.activation = own->activation;
    node.op = std::move(fused);
    node.inputs = {producer.inputs[0], residual};
    return true;
}

}  // namespace

void fuse(NetworkGraph& graph) {
    const auto uses = count_uses(graph);
    std::vector<std::optional<std::size_t>> producer_of(graph.shapes.size());
    std::vector<bool> gone(graph.nodes.size(), false);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& node = graph.nodes[i];
        for (std::size_t side = 0; side < node.inputs.size(); ++side) {
            const auto producer = producer_of[node.inputs[side]];
            if (!producer || uses[node.inputs[side]] != 1) {
                continue;
            }
            // The convolution moves down to the addition, where the residual exists for sure; an
            // activation moves up.
            if (fuse_addition(node, graph.nodes[*producer], side, graph)) {
                gone[*producer] = true;
                break;
            }
            if (fuse_activation(node, graph.nodes[*producer])) {
                gone[i] = true;
                producer_of[node.output] = producer;
                break;
            }
        }
        if (!gone[i]) {
            producer_of[node.output] = i;
        }
    }
    std::vector<Node> kept;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!gone[i]) {
            kept.push_back(std::move(graph.nodes[i]));
        }
    }
    graph.nodes = std::move(kept);
}

std::string_view kind_of(const Node& node) {
    static constexpr std::array<std::string_view, std::variant_size_v<decltype(Node::op)>> kNames{
        "convolution",
        "transposed convolution",
        "arithmetic",
        "activation",
        "padding",
        "resize",
        "pool",
        "global mean",
        "reshape",
        "concatenation",
        "depth to space",
        "repeat",
        "channels to pixels",
        "scale norm",
        "gated attention",
        "function",
        "clamp",
        "PReLU",
        "constant",
        "transpose",
        "slice",
        "matrix product",
        "softmax",
        "reduction"};
    return kNames[node.op.index()];
}

void require_memory(const NetworkGraph& graph, std::int64_t most) {
    const auto size = [&](std::size_t value) {
        const auto& shape = graph.shapes[value];
        return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    };
    const auto dead = last_uses(graph);
    std::int64_t alive = size(0);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        alive += size(graph.nodes[i].output);
        if (alive > most) {
            throw ModelError(
                fmt::format("{} cannot be used: it needs more than {} MB for one picture",
                            graph.name, (most >> 20) * std::int64_t{sizeof(float)}));
        }
        for (const auto value : dead[i]) {
            alive -= size(value);
        }
    }
}

void prune(NetworkGraph& graph) {
    std::vector<bool> needed(graph.shapes.size(), false);
    for (const auto output : graph.outputs) {
        needed[output] = true;
    }
    std::vector<Node> kept;
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (!needed[node->output]) {
            continue;
        }
        for (const auto input : node->inputs) {
            needed[input] = true;
        }
        kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    graph.nodes = std::move(kept);
}

std::vector<bool> needed_without_last_output(const NetworkGraph& graph) {
    std::vector<bool> needed(graph.shapes.size(), false);
    for (std::size_t i = 0; i + 1 < graph.outputs.size(); ++i) {
        needed[graph.outputs[i]] = true;
    }
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (needed[node->output]) {
            for (const auto input : node->inputs) {
                needed[input] = true;
            }
        }
    }
    return needed;
}

void put_last_output_last(NetworkGraph& graph) {
    const std::vector<bool> needed = needed_without_last_output(graph);
    std::stable_partition(graph.nodes.begin(), graph.nodes.end(),
                          [&](const Node& node) { return needed[node.output]; });
}

std::vector<std::vector<std::size_t>> last_uses(const NetworkGraph& graph) {
    std::vector<bool> settled(graph.shapes.size(), false);
    settled[0] = true;
    for (const auto output : graph.outputs) {
        settled[output] = true;
    }
    std::vector<std::vector<std::size_t>> dead(graph.nodes.size());
    for (std::size_t i = graph.nodes.size(); i-- > 0;) {
        for (const auto input : graph.nodes[i].inputs) {
            if (!settled[input]) {
                settled[input] = true;
                dead[i].push_back(input);
            }
        }
    }
    return dead;
}

}  // namespace closet
