#include "models/nhwc/plan.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "models/nhwc/conv_stage.h"
#include "models/nhwc/head.h"
#include "models/nhwc/plain.h"
#include "models/nhwc/value_layout.h"

namespace closet {
namespace {

// Two convolutions are run as a chain where the value between them is larger than this (smaller
// ones stay in the cache anyway), ...
constexpr std::int64_t kMinChainNumbers = std::int64_t{1} << 15;
// ... its rows fill the tiles of a convolution, ...
constexpr std::int64_t kMinChainWidth = 8;
// ... and their weights, which are read again for every row, stay in the second-level cache.
constexpr std::size_t kMaxChainWeights = std::size_t{1} << 17;

ResizeStep make_resize(ResizeGrid grid, const Value& in, const Value& out) {
    ResizeStep step;
    const auto walk = [grid](std::int64_t from, std::int64_t to, const auto& put) {
        const bool corners = grid == ResizeGrid::kAlignCorners;
        const std::int64_t steps = corners ? std::max<std::int64_t>(to - 1, 1) : to;
        const float scale =
            static_cast<float>(corners ? from - 1 : from) / static_cast<float>(steps);
        const float shift = grid == ResizeGrid::kHalfPixel ? 0.5F : 0.0F;
        for (std::int64_t i = 0; i < to; ++i) {
            const float center = (static_cast<float>(i) + shift) * scale - shift;
            const float held = std::max(center, 0.0F);
            const auto low = std::min(static_cast<std::int64_t>(held), from - 1);
            put(low, std::min(low + 1, from - 1), held - static_cast<float>(low));
        }
    };
    walk(in.height, out.height, [&](std::int64_t low, std::int64_t high, float weight) {
        step.top.push_back(low);
        step.bottom.push_back(high);
        step.row_weight.push_back(weight);
    });
    walk(in.width, out.width, [&](std::int64_t low, std::int64_t high, float weight) {
        step.left.push_back(static_cast<std::int32_t>(low));
        step.right.push_back(static_cast<std::int32_t>(high));
        step.column_weight.push_back(weight);
    });
    return step;
}

/// Bytes that a step needs beside the arena while it runs.
std::size_t scratch_of(const Step& step, const NhwcPlan& plan) {
    if (step.inputs.empty()) {
        return 0;
    }
    const Value& in = plan.values[step.inputs[0]];
    if (std::holds_alternative<PoolNode>(step.op)) {
        return static_cast<std::size_t>(in.width * in.span) * element_bytes(in.element);
    }
    if (std::holds_alternative<GlobalMeanNode>(step.op)) {
        return static_cast<std::size_t>(in.span) * sizeof(float);
    }
    if (const auto* node = std::get_if<GatedAttentionNode>(&step.op)) {
        return attention_scratch(*node, static_cast<std::size_t>(in.height * in.width)) *
               sizeof(float);
    }
    return 0;
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
        plan_.outputs = graph_.outputs;
        describe_values();
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            merge(i);
        }
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (!merged_[i]) {
                add_step(i);
            }
        }
        const std::vector<bool> needed = needed_without_last_output(graph_);
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            // What is no value of the graph stands right before the step that needs it.
            if (plan_.steps[i].output < needed.size() && needed[plan_.steps[i].output]) {
                plan_.first_for_last = i + 1;
            }
        }
        place_values(plan_);
        std::size_t next = 0;
        for (Step& step : plan_.steps) {
            plan_.scratch_bytes = std::max(plan_.scratch_bytes, scratch_of(step, plan_));
            if (auto* const chain = std::get_if<Chain>(&step.op)) {
                for (ConvStage& stage : chain->stages) {
                    finish_stage(stage, plan_, *convolutions_[next++], kernels_,
                                 chain->stages.size() == 1);
                    if (stage.winograd) {
                        const Value& out = plan_.values[stage.output];
                        plan_.scratch_bytes =
                            std::max(plan_.scratch_bytes,
                                     stage.winograd->scratch_bytes(out.height, out.width));
                    }
                }
            }
        }
        return std::move(plan_);
    }

  private:
    // The input comes as it is; other pictures have whole vectors of channels.
    void describe_values() {
        const std::vector<bool> exact = exact_values(graph_);
        if (kernels_.element == Element::kUint8) {
            bits_ = choose_eight_bits(graph_, exact);
        }
        for (std::size_t id = 0; id < graph_.shapes.size(); ++id) {
            Value value;
            value.shape = graph_.shapes[id];
            value.element = kernels_.element == Element::kUint8
                                ? (bits_.stored[id] ? Element::kUint8 : Element::kFloat)
                                : (exact[id] ? Element::kFloat : kernels_.element);
            if (!bits_.values.empty() && bits_.values[id]) {
                value.quantization = *bits_.values[id];
                value.means = graph_.ranges[id].means;
            }
            value.root = id;
            if (value.shape.size() == 4) {
                value.height = value.shape[1];
                value.width = value.shape[2];
                value.channels = value.shape[3];
                // Kernels for bf16 write float32 in whole vectors of their own, as they do bf16.
                const bool narrow =
                    kernels_.element == Element::kUint8 && value.element == Element::kFloat;
                const NhwcKernels& own = narrow ? kernels_.floats() : kernels_;
                value.span = id == 0 ? value.channels : nhwc_pitch(own, value.channels);
            } else {
                value.channels = std::accumulate(value.shape.begin(), value.shape.end(),
                                                 std::int64_t{1}, std::multiplies<>());
                value.span = value.channels;
            }
            value.pixel = value.span;
            value.row = value.width * value.pixel;
            plan_.values.push_back(std::move(value));
        }
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
        const Value& between = plan_.values[graph_.nodes[from].output];
        return first != nullptr && second != nullptr && side == 0 && !wants_copy(to) &&
               !is_winograd(from) && !is_winograd(to) &&
               between.height * between.width * between.channels >= kMinChainNumbers &&
               between.width >= kMinChainWidth &&
               std::max(first->weights.size(), second->weights.size()) <= kMaxChainWeights;
    }

    /// Whether a convolution runs by itself, in fewer multiplications.
    bool is_winograd(std::size_t node) const {
        const std::size_t input = graph_.nodes[node].inputs[0];
        const Value& out = plan_.values[graph_.nodes[node].output];
        return input != 0 && element_read(node, input) == Element::kFloat &&
               out.element == Element::kFloat &&
               winograd_pays(std::get<ConvNode>(graph_.nodes[node].op),
                             plan_.values[input].channels, out.height, out.width);
    }

    /// Whether a node is a convolution that reads uint8 where there are floats.
    bool wants_copy(std::size_t node) const {
        const std::size_t input = graph_.nodes[node].inputs[0];
        return reads_eight_bits(node) && input != 0 &&
               plan_.values[input].element != Element::kUint8;
    }
    bool reads_eight_bits(std::size_t node) const {
        return !bits_.convolutions.empty() && bits_.convolutions[node];
    }

    /// In what format a convolution reads a value. The network's input takes it on its way into the
    /// ring.
    Element element_read(std::size_t node, std::size_t input) const {
        if (kernels_.element == Element::kUint8) {
            return reads_eight_bits(node) ? Element::kUint8 : Element::kFloat;
        }
        return input == 0 ? kernels_.element : plan_.values[input].element;
    }

    /// The value's copy in uint8, which a step makes where there is none yet.
    std::size_t eight_bit_copy(std::size_t of) {
        const auto [known, is_new] = copies_.try_emplace(of, plan_.values.size());
        if (is_new) {
            Value copy = plan_.values[of];
            copy.element = Element::kUint8;
            copy.span = nhwc_pitch(kernels_, copy.channels);
            copy.root = known->second;
            copy.root_offset = 0;
            plan_.values.push_back(std::move(copy));
            plan_.steps.push_back({QuantizeStep{}, {of}, known->second});
        }
        return known->second;
    }

    bool adds_resized(std::size_t from, std::size_t to) const {
        const auto* sum = std::get_if<ArithmeticNode>(&graph_.nodes[to].op);
        return std::holds_alternative<ResizeNode>(graph_.nodes[from].op) && sum != nullptr &&
               sum->operation == Arithmetic::kAdd && sum->activation == Activation::kNone &&
               !is_plain(graph_.nodes[to], graph_);
    }

    void add_step(std::size_t last) {
        std::vector<std::size_t> nodes = {last};
        while (const auto before = before_[nodes.back()]) {
            nodes.push_back(*before);
        }
        std::reverse(nodes.begin(), nodes.end());
        const Node& node = graph_.nodes[last];
        if (nodes.size() == 1 && is_plain(node, graph_)) {
            add_plain(node);
        } else if (std::holds_alternative<ConvNode>(node.op)) {
            add_chain(nodes);
        } else if (nodes.size() == 2) {
            add_resize(graph_.nodes[nodes[0]], &node);
        } else if (std::holds_alternative<ResizeNode>(node.op)) {
            add_resize(node, nullptr);
        } else if (const auto* arithmetic = std::get_if<ArithmeticNode>(&node.op)) {
            if (arithmetic->operation == Arithmetic::kMultiply) {
                plan_.steps.push_back({ScaleStep{}, node.inputs, node.output});
            } else {
                plan_.steps.push_back({AddStep{arithmetic->activation}, node.inputs, node.output});
            }
        } else if (std::holds_alternative<ReshapeNode>(node.op)) {
            plan_.steps.push_back({CopyStep{}, node.inputs, node.output});
        } else if (std::holds_alternative<ConcatNode>(node.op) &&
                   plan_.values[node.output].shape.size() == 4) {
            Step join = join_channels(plan_, node);
            if (!join.inputs.empty()) {
                plan_.steps.push_back(std::move(join));
            }
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

    void add_plain(const Node& node) {
        std::visit(
            [&](const auto& op) {
                using Op = std::decay_t<decltype(op)>;
                if constexpr (std::is_constructible_v<decltype(PlainStep::op), Op>) {
                    plan_.steps.push_back({PlainStep{op}, node.inputs, node.output});
                }
            },
            node.op);
    }

    void add_resize(const Node& resize, const Node* sum) {
        ResizeStep step = make_resize(std::get<ResizeNode>(resize.op).grid,
                                      plan_.values[resize.inputs[0]], plan_.values[resize.output]);
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
        std::size_t first = graph_.nodes[nodes[0]].inputs[0];
        if (wants_copy(nodes[0])) {
            first = eight_bit_copy(first);
        }
        std::vector<std::size_t> inputs = {first};
        std::size_t rings = 0;
        for (const auto index : nodes) {
            const Node& node = graph_.nodes[index];
            const auto& conv = std::get<ConvNode>(node.op);
            ConvStage& stage = chain.stages.emplace_back(begin_stage(conv, node));
            if (chain.stages.size() == 1) {
                stage.input = first;
            }
            stage.in_element = element_read(index, stage.input);
            if (is_winograd(index)) {
                stage.kind = ConvStage::Kind::kWinograd;
            }
            convolutions_.push_back(&conv);
            if (stage.residual) {
                inputs.push_back(*stage.residual);
            }
            stage.ring = chain.stages.size() > 1 || stage.input == 0;
            if (stage.ring) {
                stage.ring_offset = rings;
                rings += lay_out_ring(stage, plan_);
            }
        }
        plan_.scratch_bytes = std::max(plan_.scratch_bytes, rings);
        plan_.steps.push_back(
            {std::move(chain), std::move(inputs), graph_.nodes[nodes.back()].output});
    }

    const NetworkGraph& graph_;
    const NhwcKernels& kernels_;
    std::vector<std::optional<std::size_t>> producer_;  ///< of each value: node
    std::vector<bool> merged_;                          ///< nodes that a later one runs
    std::vector<std::optional<std::size_t>> before_;    ///< the node that a node runs first
    std::vector<std::size_t> uses_;                     ///< of each value
    EightBits bits_;                                    ///< empty but with kernels for uint8
    std::map<std::size_t, std::size_t> copies_;         ///< see eight_bit_copy
    std::vector<const ConvNode*> convolutions_;         ///< of the chains' stages, in their order
    NhwcPlan plan_;
};

}  // namespace

NhwcPlan make_nhwc_plan(const NetworkGraph& graph, const NhwcKernels& kernels) {
    return Planner(graph, kernels).plan();
}

}  // namespace closet
