#include "models/nhwc/plan.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "models/nhwc/weights.h"

namespace closet {

namespace {

// Two convolutions are run as a chain where the value between them is larger than this (smaller
// ones stay in the cache anyway), ...
constexpr std::size_t kMinChainFloats = std::size_t{1} << 15;
// ... its rows fill the tiles of a convolution, ...
constexpr std::int64_t kMinChainWidth = 8;
// ... and their weights, which are read again for every row, stay in the second-level cache.
constexpr std::size_t kMaxChainWeights = std::size_t{1} << 17;

std::size_t round_up(std::size_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}

std::size_t count(const std::vector<std::int64_t>& shape) {
    std::int64_t product = 1;
    for (const auto extent : shape) {
        product *= extent;
    }
    return static_cast<std::size_t>(product);
}

ResizeStep make_resize(const std::vector<std::int64_t>& in, const std::vector<std::int64_t>& out,
                       std::ptrdiff_t pitch) {
    ResizeStep step;
    const auto walk = [](std::int64_t from, std::int64_t to, const auto& put) {
        const float scale = static_cast<float>(from) / static_cast<float>(to);
        for (std::int64_t i = 0; i < to; ++i) {
            const float centre = (static_cast<float>(i) + 0.5F) * scale - 0.5F;
            const float held = std::max(centre, 0.0F);
            const auto low = std::min(static_cast<std::int64_t>(held), from - 1);
            put(low, std::min(low + 1, from - 1), held - static_cast<float>(low));
        }
    };
    walk(in[1], out[1], [&](std::int64_t low, std::int64_t high, float weight) {
        step.top.push_back(low);
        step.bottom.push_back(high);
        step.row_weight.push_back(weight);
    });
    walk(in[2], out[2], [&](std::int64_t low, std::int64_t high, float weight) {
        step.left.push_back(static_cast<std::int32_t>(low * pitch));
        step.right.push_back(static_cast<std::int32_t>(high * pitch));
        step.column_weight.push_back(weight);
    });
    return step;
}

class Planner {
  public:
    Planner(const NetworkGraph& graph, const NhwcKernels& kernels)
        : graph_(graph),
          kernels_(kernels),
          producer_(graph.shapes.size()),
          merged_(graph.nodes.size()),
          before_(graph.nodes.size()),
          uses_(graph.shapes.size(), 0) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            producer_[graph.nodes[i].output] = i;
            for (const auto input : graph.nodes[i].inputs) {
                ++uses_[input];
            }
        }
        for (const auto output : graph.outputs) {
            ++uses_[output];
        }
    }

    NhwcPlan plan() {
        plan_.shapes = graph_.shapes;
        plan_.outputs = graph_.outputs;
        plan_.places.resize(graph_.shapes.size());
        for (std::size_t value = 0; value < graph_.shapes.size(); ++value) {
            plan_.places[value].pitch = pitch(value);
        }
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            merge(i);
        }
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (!merged_[i]) {
                add_step(i);
            }
        }
        place_values();
        return std::move(plan_);
    }

  private:
    const std::vector<std::int64_t>& shape(std::size_t value) const { return graph_.shapes[value]; }

    // The input comes as it is; other pictures have whole vectors of channels.
    std::ptrdiff_t pitch(std::size_t value) const {
        if (shape(value).size() != 4) {
            return 1;
        }
        const std::int64_t channels = shape(value)[3];
        return value == 0 ? channels : nhwc_pitch(kernels_, channels);
    }

    // Decides whether a node is run together with the producer of one of its inputs.
    void merge(std::size_t node) {
        const auto& inputs = graph_.nodes[node].inputs;
        for (std::size_t side = 0; side < inputs.size(); ++side) {
            const auto producer = producer_[inputs[side]];
            if (producer && uses_[inputs[side]] == 1 &&
                (chains(*producer, node, side) || adds_resized(*producer, node))) {
                merged_[*producer] = true;
                before_[node] = *producer;
                return;
            }
        }
    }

    bool chains(std::size_t from, std::size_t to, std::size_t side) const {
        const auto* first = std::get_if<ConvNode>(&graph_.nodes[from].op);
        const auto* second = std::get_if<ConvNode>(&graph_.nodes[to].op);
        const auto& between = shape(graph_.nodes[from].output);
        return first != nullptr && second != nullptr && side == 0 &&
               count(between) >= kMinChainFloats && between[2] >= kMinChainWidth &&
               std::max(first->weights.size(), second->weights.size()) <= kMaxChainWeights;
    }

    bool adds_resized(std::size_t from, std::size_t to) const {
        const auto* sum = std::get_if<ArithmeticNode>(&graph_.nodes[to].op);
        return std::holds_alternative<ResizeNode>(graph_.nodes[from].op) && sum != nullptr &&
               sum->activation == Activation::kNone;
    }

    void add_step(std::size_t last) {
        std::vector<std::size_t> nodes = {last};
        while (const auto before = before_[nodes.back()]) {
            nodes.push_back(*before);
        }
        std::reverse(nodes.begin(), nodes.end());
        const Node& node = graph_.nodes[last];
        if (std::holds_alternative<ConvNode>(node.op)) {
            add_chain(nodes);
        } else if (nodes.size() == 2) {
            add_resize(graph_.nodes[nodes[0]], &node);
        } else if (std::holds_alternative<ResizeNode>(node.op)) {
            add_resize(node, nullptr);
        } else if (const auto* sum = std::get_if<ArithmeticNode>(&node.op)) {
            plan_.steps.push_back({AddStep{sum->activation}, node.inputs, node.output});
        } else if (std::holds_alternative<ReshapeNode>(node.op)) {
            plan_.steps.push_back({CopyStep{}, node.inputs, node.output});
        } else {
            std::visit(
                [&](const auto& op) {
                    using Op = std::decay_t<decltype(op)>;
                    if constexpr (std::is_constructible_v<decltype(Step::op), Op>) {
                        plan_.steps.push_back({op, node.inputs, node.output});
                    }
                },
                node.op);
        }
    }

    void add_resize(const Node& resize, const Node* sum) {
        ResizeStep step =
            make_resize(shape(resize.inputs[0]), shape(resize.output), pitch(resize.inputs[0]));
        std::vector<std::size_t> inputs = resize.inputs;
        if (sum != nullptr) {
            step.addend = sum->inputs[sum->inputs[0] == resize.output ? 1 : 0];
            inputs.push_back(*step.addend);
        }
        plan_.steps.push_back(
            {std::move(step), std::move(inputs), sum != nullptr ? sum->output : resize.output});
    }

    void add_chain(const std::vector<std::size_t>& nodes) {
        Chain chain;
        std::vector<std::size_t> inputs = {graph_.nodes[nodes[0]].inputs[0]};
        std::size_t rings = 0;
        for (const auto index : nodes) {
            const Node& node = graph_.nodes[index];
            const auto& conv = std::get<ConvNode>(node.op);
            ConvStage& stage = chain.stages.emplace_back(make_stage(conv, node));
            if (stage.residual) {
                inputs.push_back(*stage.residual);
            }
            const Window& window = stage.window;
            stage.ring = chain.stages.size() > 1 || window.pad_left + window.pad_right > 0;
            if (stage.ring) {
                stage.ring_offset = rings;
                stage.ring_row =
                    static_cast<std::size_t>(stage.in_w + window.pad_left + window.pad_right) *
                    static_cast<std::size_t>(stage.in_pitch);
                rings += round_up(stage.ring_row * static_cast<std::size_t>(window.kernel_h),
                                  kCacheLine);
            } else if (nodes.size() == 1 && window == Window{}) {
                // Alone, a 1x1 convolution takes the picture as one long row.
                stage.in_w = stage.out_w = stage.in_w * stage.in_h;
                stage.in_h = stage.out_h = 1;
            }
        }
        plan_.ring_floats = std::max(plan_.ring_floats, rings);
        plan_.steps.push_back(
            {std::move(chain), std::move(inputs), graph_.nodes[nodes.back()].output});
    }

    ConvStage make_stage(const ConvNode& conv, const Node& node) const {
        ConvStage stage;
        stage.window = conv.window;
        stage.activation = conv.activation;
        const auto& in = shape(node.inputs[0]);
        const auto& out = shape(node.output);
        stage.in_h = in[1];
        stage.in_w = in[2];
        stage.out_h = out[1];
        stage.out_w = out[2];
        stage.channels = in[3];
        stage.in_pitch = pitch(node.inputs[0]);
        stage.out_pitch = pitch(node.output);
        if (node.inputs.size() > 1) {
            stage.residual = node.inputs[1];
        }
        if (conv.depthwise) {
            stage.kind = ConvStage::Kind::kDepthwise;
            stage.weights = pack_taps(conv, conv.bias.size(), stage.out_pitch);
        } else if (conv.bias.size() == 1 && node.inputs[0] != 0) {
            stage.kind = ConvStage::Kind::kDot;
            stage.weights =
                pack_taps(conv, static_cast<std::size_t>(stage.channels), stage.in_pitch);
        } else {
            stage.weights = pack_dense(conv, kernels_, stage.out_pitch);
        }
        stage.bias = pack_bias(conv, stage.out_pitch);
        return stage;
    }

    // First fit from the bottom of the arena, in the order of execution.
    void place_values() {
        constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
        std::vector<std::size_t> last(graph_.shapes.size(), 0);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            for (const auto input : plan_.steps[i].inputs) {
                last[input] = i;
            }
        }
        for (const auto output : plan_.outputs) {
            last[output] = kNever;
        }
        std::vector<std::size_t> alive;  // values, by offset
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            const std::size_t value = plan_.steps[i].output;
            std::erase_if(alive, [&](std::size_t other) { return last[other] < i; });
            Place& place = plan_.places[value];
            place.floats = storage(value);
            place.offset = 0;
            auto next = alive.begin();
            for (; next != alive.end(); ++next) {
                const Place& other = plan_.places[*next];
                if (place.offset + place.floats <= other.offset) {
                    break;
                }
                place.offset = other.offset + other.floats;
            }
            alive.insert(next, value);
            plan_.arena_floats = std::max(plan_.arena_floats, place.offset + place.floats);
        }
    }

    std::size_t storage(std::size_t value) const {
        const auto& extents = shape(value);
        const std::size_t floats =
            extents.size() == 4
                ? static_cast<std::size_t>(extents[1] * extents[2] * plan_.places[value].pitch)
                : count(extents);
        return round_up(floats, kCacheLine);
    }

    const NetworkGraph& graph_;
    const NhwcKernels& kernels_;
    std::vector<std::optional<std::size_t>> producer_;  ///< of each value: node
    std::vector<bool> merged_;                          ///< nodes that a later one runs
    std::vector<std::optional<std::size_t>> before_;    ///< the node that a node runs first
    std::vector<std::size_t> uses_;                     ///< of each value
    NhwcPlan plan_;
};

}  // namespace

NhwcPlan make_nhwc_plan(const NetworkGraph& graph, const NhwcKernels& kernels) {
    return Planner(graph, kernels).plan();
}

}  // namespace closet
