#include "models/nhwc/elements.h"

#include <algorithm>

namespace closet {

namespace {

bool is_conv(const Node& node) {
    return std::holds_alternative<ConvNode>(node.op);
}

/// Reads any format, writes float32.
bool widens(const Node& node) {
    return std::holds_alternative<GlobalMeanNode>(node.op) ||
           std::holds_alternative<ReshapeNode>(node.op);
}

/// Reads and writes float32 only.
bool is_exact(const Node& node) {
    return std::holds_alternative<ScaleNormNode>(node.op) ||
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
            if (widens(node) || is_exact(node)) {
                mark(node.output);
            }
            if (is_exact(node)) {
                mark(node.inputs[0]);
            }
            if (is_scale(node)) {
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
        if (widens(node) || is_exact(node)) {
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

std::vector<Element> choose_elements(const NetworkGraph& graph, Element element) {
    std::vector<Element> elements(graph.shapes.size(), Element::kFloat);
    if (element != Element::kFloat) {
        const std::vector<bool> exact = Chooser(graph).choose();
        std::transform(exact.begin(), exact.end(), elements.begin(),
                       [&](bool is) { return is ? Element::kFloat : element; });
    }
    return elements;
}

}  // namespace closet
