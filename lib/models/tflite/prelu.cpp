#include "models/tflite/prelu.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace closet {
namespace {

constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

/// The graph's nodes by the value that they write.
class Writers {
  public:
    explicit Writers(const NetworkGraph& graph)
        : graph_(graph), node_of_(graph.shapes.size(), kNoNode) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            node_of_[graph.nodes[i].output] = i;
        }
    }

    /// The node that writes `value`, where it is an `Op`.
    template <class Op>
    const Node* find(std::size_t value) const {
        const std::size_t node = node_of_[value];
        return node != kNoNode && std::holds_alternative<Op>(graph_.nodes[node].op)
                   ? &graph_.nodes[node]
                   : nullptr;
    }

    /// The same for arithmetic without an activation.
    const Node* find_arithmetic(std::size_t value, Arithmetic operation) const {
        const Node* node = find<ArithmeticNode>(value);
        if (node == nullptr) {
            return nullptr;
        }
        const auto& arithmetic = std::get<ArithmeticNode>(node->op);
        return arithmetic.operation == operation && arithmetic.activation == Activation::kNone
                   ? node
                   : nullptr;
    }

  private:
    const NetworkGraph& graph_;
    std::vector<std::size_t> node_of_;
};

/// The x of relu(x).
std::optional<std::size_t> relu_of(const Writers& writers, std::size_t value) {
    const Node* node = writers.find<ActivationNode>(value);
    return node != nullptr && std::get<ActivationNode>(node->op).activation == Activation::kRelu
               ? std::optional(node->inputs[0])
               : std::nullopt;
}

/// True for x - |x|.
bool is_twice_negative_part(const Writers& writers, std::size_t value, std::size_t x) {
    const Node* difference = writers.find_arithmetic(value, Arithmetic::kSubtract);
    if (difference == nullptr || difference->inputs[0] != x) {
        return false;
    }
    const Node* size = writers.find<FunctionNode>(difference->inputs[1]);
    return size != nullptr && std::get<FunctionNode>(size->op).function == Function::kAbs &&
           size->inputs[0] == x;
}

/// The w of w * (x - |x|); null where the value is none.
const ConstantNode* half_slope_of(const Writers& writers, std::size_t value, std::size_t x) {
    const Node* product = writers.find_arithmetic(value, Arithmetic::kMultiply);
    if (product == nullptr) {
        return nullptr;
    }
    for (const auto& [constant, difference] : {std::pair(product->inputs[0], product->inputs[1]),
                                               std::pair(product->inputs[1], product->inputs[0])}) {
        const Node* weights = writers.find<ConstantNode>(constant);
        if (weights != nullptr && is_twice_negative_part(writers, difference, x)) {
            return &std::get<ConstantNode>(weights->op);
        }
    }
    return nullptr;
}

}  // namespace

void recognize_prelu(NetworkGraph& graph) {
    const Writers writers(graph);
    std::vector<std::pair<std::size_t, Node>> found;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& sum = graph.nodes[i];
        if (writers.find_arithmetic(sum.output, Arithmetic::kAdd) == nullptr) {
            continue;
        }
        for (const auto& [positive, negative] :
             {std::pair(sum.inputs[0], sum.inputs[1]), std::pair(sum.inputs[1], sum.inputs[0])}) {
            const auto x = relu_of(writers, positive);
            const ConstantNode* half = x ? half_slope_of(writers, negative, *x) : nullptr;
            const auto channels = static_cast<std::size_t>(graph.shapes[sum.output].back());
            if (half == nullptr || half->values.size() != channels) {
                continue;
            }
            PReluNode prelu{half->values};
            for (float& slope : prelu.slope) {
                slope *= 2;
            }
            found.emplace_back(i, Node{std::move(prelu), {*x}, sum.output});
            break;
        }
    }
    for (auto& [index, node] : found) {
        graph.nodes[index] = std::move(node);
    }
}

}  // namespace closet
