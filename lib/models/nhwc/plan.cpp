#include "models/nhwc/plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "models/nhwc/elements.h"
#include "models/nhwc/placement.h"
#include "models/nhwc/stages.h"

namespace closet {

namespace {

// Two convolutions are run as a chain where the value between them is larger than this (smaller
// ones stay in the cache anyway), ...
constexpr std::int64_t kMinChainNumbers = std::int64_t{1} << 15;
// ... its rows fill the tiles of a convolution, ...
constexpr std::int64_t kMinChainWidth = 8;
// ... and their weights, which are read again for every row, stay in the second-level cache.
constexpr std::size_t kMaxChainWeights = std::size_t{1} << 17;

ResizeStep make_resize(const Value& in, const Value& out) {
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
            if (needed[plan_.steps[i].output]) {
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
                }
            }
        }
        return std::move(plan_);
    }

  private:
    // The input comes as it is; other pictures have whole vectors of channels.
    void describe_values() {
        const std::vector<Element> elements = choose_elements(graph_, kernels_.element);
        for (std::size_t id = 0; id < graph_.shapes.size(); ++id) {
            Value value;
            value.shape = graph_.shapes[id];
            value.element = elements[id];
            value.root = id;
            if (value.shape.size() == 4) {
                value.height = value.shape[1];
                value.width = value.shape[2];
                value.channels = value.shape[3];
                value.span = id == 0 ? value.channels : nhwc_pitch(kernels_, value.channels);
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
        return first != nullptr && second != nullptr && side == 0 &&
               between.height * between.width * between.channels >= kMinChainNumbers &&
               between.width >= kMinChainWidth &&
               std::max(first->weights.size(), second->weights.size()) <= kMaxChainWeights;
    }

    bool adds_resized(std::size_t from, std::size_t to) const {
        const auto* sum = std::get_if<ArithmeticNode>(&graph_.nodes[to].op);
        return std::holds_alternative<ResizeNode>(graph_.nodes[from].op) && sum != nullptr &&
               sum->operation == Arithmetic::kAdd && sum->activation == Activation::kNone;
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

    void add_resize(const Node& resize, const Node* sum) {
        ResizeStep step = make_resize(plan_.values[resize.inputs[0]], plan_.values[resize.output]);
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
            ConvStage& stage = chain.stages.emplace_back(begin_stage(conv, node, plan_, kernels_));
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
    std::vector<const ConvNode*> convolutions_;         ///< of the chains' stages, in their order
    NhwcPlan plan_;
};

}  // namespace

NhwcPlan make_nhwc_plan(const NetworkGraph& graph, const NhwcKernels& kernels) {
    return Planner(graph, kernels).plan();
}

}  // namespace closet
