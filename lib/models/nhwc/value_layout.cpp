#include "models/nhwc/value_layout.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/nhwc/plain.h"

namespace closet {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

std::size_t round_up(std::size_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}

class Placement {
  public:
    explicit Placement(NhwcPlan& plan)
        : plan_(plan), last_use_(plan.values.size(), 0), first_write_(plan.values.size(), kNever) {}

    void place() {
        find_roots();
        find_uses();
        scale_in_place();
        lay_out_roots();
        for (Value& value : plan_.values) {
            const Value& root = plan_.values[value.root];
            value.gap = root.gap;
            value.pixel = root.pixel;
            value.row = root.row;
        }
        give_offsets();
        for (Value& value : plan_.values) {
            value.offset =
                plan_.values[value.root].offset +
                static_cast<std::size_t>(value.root_offset) * element_bytes(value.element);
        }
    }

  private:
    // A concatenation may lie in another one.
    void find_roots() {
        for (Value& value : plan_.values) {
            while (plan_.values[value.root].root != value.root) {
                value.root_offset += plan_.values[value.root].root_offset;
                value.root = plan_.values[value.root].root;
            }
        }
    }

    void find_uses() {
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            for (const auto input : plan_.steps[i].inputs) {
                use(input, i);
            }
            use(plan_.steps[i].output, i);
            auto& first = first_write_[plan_.values[plan_.steps[i].output].root];
            first = std::min(first, i);
        }
        for (const auto output : plan_.outputs) {
            use(output, kNever);
        }
    }

    /// `last_use_` of a root counts for all that lies in it.
    void use(std::size_t value, std::size_t step) {
        auto& last = last_use_[plan_.values[value].root];
        last = std::max(last, step);
    }

    // A multiplication whose input nobody reads later overwrites it.
    void scale_in_place() {
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            const Step& step = plan_.steps[i];
            if (!std::holds_alternative<ScaleStep>(step.op)) {
                continue;
            }
            const Value& in = plan_.values[step.inputs[0]];
            Value& out = plan_.values[step.output];
            const bool alone = out.root == step.output && first_write_[step.output] == i;
            if (alone && last_use_[in.root] == i && !holds_others(step.output)) {
                last_use_[in.root] = last_use_[step.output];
                out.root = in.root;
                out.root_offset = in.root_offset;
            }
        }
    }

    bool holds_others(std::size_t root) const {
        return std::count_if(plan_.values.begin(), plan_.values.end(),
                             [&](const Value& value) { return value.root == root; }) > 1;
    }

    void lay_out_roots() {
        for (const Step& step : plan_.steps) {
            const auto* chain = std::get_if<Chain>(&step.op);
            if (chain != nullptr && !chain->stages[0].ring) {
                const KernelWindow& window = chain->stages[0].window;
                auto& gap = plan_.values[plan_.values[step.inputs[0]].root].gap;
                gap = std::max({gap, window.pad_left, window.pad_right});
            }
        }
        for (std::size_t id = 1; id < plan_.values.size(); ++id) {
            Value& value = plan_.values[id];
            if (value.root == id) {
                value.pixel = value.span;
                value.row = (value.width + value.gap) * value.pixel;
            }
        }
    }

    // First fit from the bottom of the arena, in the order of execution.
    void give_offsets() {
        std::vector<std::pair<std::size_t, std::size_t>> alive;  // offset, root
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            const std::size_t root = plan_.values[plan_.steps[i].output].root;
            if (first_write_[root] != i) {
                continue;
            }
            std::erase_if(alive, [&](const auto& other) { return last_use_[other.second] < i; });
            Value& value = plan_.values[root];
            const std::size_t size = bytes(value);
            std::size_t offset = 0;
            auto next = alive.begin();
            for (; next != alive.end() && offset + size > next->first; ++next) {
                offset = next->first + bytes(plan_.values[next->second]);
            }
            alive.insert(next, {offset, root});
            plan_.arena_bytes = std::max(plan_.arena_bytes, offset + size);
            value.offset = offset + static_cast<std::size_t>(value.gap * value.pixel) *
                                        element_bytes(value.element);
            if (value.gap > 0) {
                plan_.steps[i].clears.push_back(root);
            }
        }
    }

    static std::size_t bytes(const Value& value) {
        const std::ptrdiff_t numbers = value.gap * value.pixel + value.height * value.row;
        return round_up(static_cast<std::size_t>(numbers) * element_bytes(value.element),
                        kCacheLine);
    }

    NhwcPlan& plan_;
    std::vector<std::size_t> last_use_, first_write_;  ///< of roots: steps
};

bool is_conv(const Node& node) {
    return std::holds_alternative<ConvNode>(node.op);
}

/// Reads any format, writes float32.
bool widens(const Node& node) {
    return std::holds_alternative<GlobalMeanNode>(node.op) ||
           std::holds_alternative<ReshapeNode>(node.op);
}

/// Reads and writes float32 only.
bool is_exact(const Node& node, const NetworkGraph& graph) {
    return is_plain(node, graph) || std::holds_alternative<ScaleNormNode>(node.op) ||
           std::holds_alternative<GatedAttentionNode>(node.op) ||
           std::holds_alternative<ChannelsToPixelsNode>(node.op) ||
           std::holds_alternative<ActivationNode>(node.op);
}

/// The factors of a multiplication are one pixel of float32.
bool is_scale(const Node& node) {
    const auto* arithmetic = std::get_if<ArithmeticNode>(&node.op);
    return arithmetic != nullptr && arithmetic->operation == Arithmetic::kMultiply;
}

class Chooser {
  public:
    explicit Chooser(const NetworkGraph& graph) : graph_(graph), exact_(graph.shapes.size()) {
        exact_[0] = true;
        for (std::size_t value = 0; value < graph.shapes.size(); ++value) {
            exact_[value] = exact_[value] || graph.shapes[value].size() != 4;
        }
        for (const auto output : graph.outputs) {
            exact_[output] = true;
        }
        for (const Node& node : graph.nodes) {
            const bool exact = is_exact(node, graph);
            if (widens(node) || exact) {
                mark(node.output);
            }
            if (exact) {
                std::for_each(node.inputs.begin(), node.inputs.end(),
                              [&](std::size_t value) { mark(value); });
            } else if (is_scale(node)) {
                mark(node.inputs[1]);
            }
        }
    }

    /// Carries the marks on until nothing changes.
    std::vector<bool> choose() {
        do {
            changed_ = false;
            for (const Node& node : graph_.nodes) {
                spread(node);
            }
        } while (changed_);
        return exact_;
    }

  private:
    void mark(std::size_t value) {
        changed_ = changed_ || !exact_[value];
        exact_[value] = true;
    }

    void spread(const Node& node) {
        if (widens(node) || is_exact(node, graph_)) {
            return;
        }
        if (is_conv(node)) {
            if (node.inputs[0] != 0 && exact_[node.inputs[0]]) {
                mark(node.output);
            }
            if (node.inputs.size() > 1) {
                same({node.inputs[1], node.output});
            }
            return;
        }
        std::vector<std::size_t> values = node.inputs;
        values.resize(is_scale(node) ? 1 : values.size());
        values.push_back(node.output);
        same(values);
    }

    void same(const std::vector<std::size_t>& values) {
        if (std::any_of(values.begin(), values.end(), [&](auto value) { return exact_[value]; })) {
            for (const auto value : values) {
                mark(value);
            }
        }
    }

    const NetworkGraph& graph_;
    std::vector<bool> exact_;  ///< of each value: float32
    bool changed_ = false;
};

}  // namespace

Step join_channels(NhwcPlan& plan, const Node& concat) {
    Value& joined = plan.values[concat.output];
    JoinStep join;
    std::vector<std::size_t> copied;
    std::ptrdiff_t channel = 0;
    for (const auto input : concat.inputs) {
        Value& value = plan.values[input];
        const bool is_last = channel + value.channels == joined.channels;
        const bool fits =
            is_last ? channel + value.span <= joined.span : value.span == value.channels;
        // A value lies in one place only, so what is joined twice is copied once.
        if (fits && value.root == input) {
            value.root = concat.output;
            value.root_offset = channel;
        } else {
            copied.push_back(input);
            join.channel.push_back(channel);
        }
        channel += value.channels;
    }
    return {std::move(join), std::move(copied), concat.output, {}};
}

void place_values(NhwcPlan& plan) {
    Placement(plan).place();
}

std::vector<bool> exact_values(const NetworkGraph& graph) {
    return Chooser(graph).choose();
}

}  // namespace closet
