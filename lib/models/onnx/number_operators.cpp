// Operators on numbers, whatever they stand for: activations, arithmetic, sums, matrix products.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/onnx/graph_builder.h"

namespace closet {

namespace {

struct NamedFunction {
    std::string_view type;
    Function function;
};
constexpr std::array kFunctions{
    NamedFunction{"Abs", Function::kAbs},      NamedFunction{"Sqrt", Function::kSqrt},
    NamedFunction{"Exp", Function::kExp},      NamedFunction{"Log", Function::kLog},
    NamedFunction{"Tanh", Function::kTanh},    NamedFunction{"Erf", Function::kErf},
    NamedFunction{"Neg", Function::kNegative}, NamedFunction{"Reciprocal", Function::kReciprocal},
};

struct NamedOperation {
    std::string_view type;
    Arithmetic operation;
};
constexpr std::array kOperations{
    NamedOperation{"Add", Arithmetic::kAdd},      NamedOperation{"Sub", Arithmetic::kSubtract},
    NamedOperation{"Mul", Arithmetic::kMultiply}, NamedOperation{"Div", Arithmetic::kDivide},
    NamedOperation{"Max", Arithmetic::kMaximum},  NamedOperation{"Min", Arithmetic::kMinimum},
    NamedOperation{"Sum", Arithmetic::kAdd},
};

bool is_about(std::optional<float> number, double value) {
    return number && std::abs(double{*number} - value) < 1e-6;
}

}  // namespace

bool OnnxGraphBuilder::add_number_operator() {
    const std::string& type = node_->type;
    for (const NamedFunction& entry : kFunctions) {
        if (type == entry.type) {
            add_function(entry.function);
            return true;
        }
    }
    for (const NamedOperation& entry : kOperations) {
        if (type == entry.type) {
            add_many(entry.operation);
            return true;
        }
    }
    if (type == "Relu") {
        add_activation(Activation::kRelu);
    } else if (type == "Sigmoid") {
        add_activation(Activation::kSigmoid);
    } else if (type == "HardSwish") {
        add_activation(Activation::kHardSwish);
    } else if (type == "HardSigmoid") {
        add_hard_sigmoid();
    } else if (type == "Clip") {
        add_clip();
    } else if (type == "LeakyRelu" || type == "PRelu") {
        add_leaky(type == "PRelu");
    } else if (type == "Pow") {
        add_power();
    } else if (type == "LayerNormalization") {
        add_layer_norm();
    } else if (type == "Softmax") {
        add_softmax();
    } else if (type == "ReduceMean") {
        add_reduction(Reduction::kMean);
    } else if (type == "ReduceSum") {
        add_reduction(Reduction::kSum);
    } else if (type == "ReduceMax") {
        add_reduction(Reduction::kMaximum);
    } else if (type == "ReduceL2") {
        add_reduction(Reduction::kLength);
    } else if (type == "MatMul") {
        add_matmul();
    } else {
        return false;
    }
    return true;
}

void OnnxGraphBuilder::add_activation(Activation activation) {
    result(same_shape(ActivationNode{activation}, placed(0)));
}

void OnnxGraphBuilder::add_function(Function function) {
    result(same_shape(FunctionNode{function}, placed(0)));
}

void OnnxGraphBuilder::add_clip() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    // Attributes before opset 11, inputs since.
    const auto limit = [&](std::string_view name, std::size_t position, float otherwise) {
        if (attribute(name) != nullptr || !has_input(position)) {
            return number(name, otherwise);
        }
        if (constant_input(position).size() != 1) {
            unsupported("has limits that are no single numbers");
        }
        return static_cast<float>(constant_input(position).at(0));
    };
    const float low = limit("min", 1, -kInfinity), high = limit("max", 2, kInfinity);
    if (!(low <= high)) {
        unsupported(fmt::format("clips to {} .. {}", low, high));
    }
    PlacedValue x = placed(0);
    if (low == 0.0F && (high == kInfinity || high == 6.0F)) {
        const Activation kind = high == 6.0F ? Activation::kRelu6 : Activation::kRelu;
        return result(same_shape(ActivationNode{kind}, std::move(x)));
    }
    result(same_shape(ClampNode{low, high}, std::move(x)));
}

PlacedValue OnnxGraphBuilder::by_number(Arithmetic operation, PlacedValue x, float by) {
    const std::size_t number = emit(ConstantNode{{by}}, {}, Shape(x.shape.size(), 1));
    x.value = emit(ArithmeticNode{operation, Activation::kNone}, {x.value, number},
                   graph_.shapes[x.value]);
    return x;
}

/// clamp(alpha x + beta, 0, 1).
void OnnxGraphBuilder::add_hard_sigmoid() {
    const float alpha = number("alpha", 0.2F), beta = number("beta", 0.5F);
    PlacedValue x = placed(0);
    if (is_about(alpha, 1.0 / 6) && beta == 0.5F) {
        return result(same_shape(ActivationNode{Activation::kHardSigmoid}, std::move(x)));
    }
    x = by_number(Arithmetic::kMultiply, std::move(x), alpha);
    x = by_number(Arithmetic::kAdd, std::move(x), beta);
    result(same_shape(ClampNode{0, 1}, std::move(x)));
}

void OnnxGraphBuilder::add_leaky(bool learned) {
    PlacedValue x = placed(0);
    const std::size_t rank = x.shape.size();
    // The node has its slopes along the graph's last axis.
    if (rank == 4) {
        x = ordered(std::move(x), picture_order());
    }
    const auto channels = static_cast<std::size_t>(x.shape[x.axes.back()]);
    PReluNode node;
    if (!learned) {
        node.slope.assign(channels, number("alpha", 0.01F));
    } else {
        const OnnxConstant& slope = constant_input(1);
        Shape full = slope.shape;
        full.insert(full.begin(), rank - std::min(rank, full.size()), 1);
        const bool fits = slope.size() == 1 || (full.size() == rank && slope.size() == channels &&
                                                full[x.axes.back()] == x.shape[x.axes.back()]);
        if (!fits) {
            unsupported(fmt::format("has slopes of shape {}", fmt::join(slope.shape, "x")));
        }
        node.slope = slope.floats();
        node.slope.resize(channels, node.slope[0]);
    }
    result(same_shape(std::move(node), std::move(x)));
}

void OnnxGraphBuilder::add_power() {
    const OnnxConstant& power = constant_input(1);
    PlacedValue x = placed(0);
    if (power.size() == 1 && power.at(0) == 1) {
        return result(x);
    }
    if (power.size() != 1 || (power.at(0) != 2 && power.at(0) != 0.5)) {
        unsupported("has another power than 2 or 1/2");
    }
    const Function function = power.at(0) == 2 ? Function::kSquare : Function::kSqrt;
    result(same_shape(FunctionNode{function}, std::move(x)));
}

/// Add and the like of any number of operands.
void OnnxGraphBuilder::add_many(Arithmetic operation) {
    const std::size_t count = node_->inputs.size();
    if (count == 1) {
        return result(operand(0));
    }
    // The node's outputs are defined once, so what comes between is not.
    OnnxOperand sum = operand(0);
    for (std::size_t i = 1; i < count; ++i) {
        sum = combine(operation, sum, operand(i), count == 2);
    }
    result(std::move(sum));
}

/// x by constants, one a channel or one at all, becomes part of the convolution that alone gives x.
bool OnnxGraphBuilder::fold_into_conv(Arithmetic operation, const PlacedValue& x,
                                      const OnnxConstant& by) {
    const auto used = uses_.find(node_->inputs[0]);
    const auto* made = made_by<ConvNode>(x.value);
    const bool shared = names_[x.value] != 1 || used == uses_.end() || used->second != 1;
    if (shared || made == nullptr || made->activation != Activation::kNone ||
        x.axes != picture_order() || graph_.nodes[*producer_[x.value]].inputs.size() > 1) {
        return false;
    }
    const std::int64_t channels = x.shape[1];
    Shape full = by.shape;
    full.insert(full.begin(), 4 - std::min<std::size_t>(4, full.size()), 1);
    if (full.size() != 4 || (by.size() != 1 && full != Shape{1, channels, 1, 1})) {
        return false;
    }
    auto& conv = std::get<ConvNode>(graph_.nodes[*producer_[x.value]].op);
    const std::vector<float> values = by.floats();
    const std::size_t outputs = conv.bias.size();
    names_[x.value] = 0;  // the result gets a name of its own
    for (std::size_t i = 0; i < outputs; ++i) {
        const float value = values[values.size() == 1 ? 0 : i];
        switch (operation) {
            case Arithmetic::kAdd:
                conv.bias[i] += value;
                break;
            case Arithmetic::kSubtract:
                conv.bias[i] -= value;
                break;
            default: {
                const float factor = operation == Arithmetic::kDivide ? 1 / value : value;
                conv.bias[i] *= factor;
                const std::size_t taps = conv.weights.size() / outputs;
                for (std::size_t tap = 0; tap < taps; ++tap) {
                    conv.weights[conv.depthwise ? tap * outputs + i : i * taps + tap] *= factor;
                }
            }
        }
    }
    return true;
}

/// Activations that files spell out: x * sigmoid(x); clamp(x + 3, 0, 6) / 6 and that times x.
std::optional<PlacedValue> OnnxGraphBuilder::recognized(Arithmetic operation, const PlacedValue& a,
                                                        const PlacedValue& b) {
    const auto activation = [&](std::size_t value) {
        const auto* node = made_by<ActivationNode>(value);
        return node != nullptr ? node->activation : Activation::kNone;
    };
    // x, where the value is clamp(x + 3, 0, 6).
    const auto lifted = [&](std::size_t value) -> std::optional<std::size_t> {
        if (activation(value) != Activation::kRelu6) {
            return std::nullopt;
        }
        const std::size_t sum = source(value);
        const auto* add = made_by<ArithmeticNode>(sum);
        if (add == nullptr || add->operation != Arithmetic::kAdd ||
            !is_about(scalar(source(sum, 1)), 3)) {
            return std::nullopt;
        }
        return source(sum, 0);
    };
    const auto as = [&](Activation kind, std::size_t x, const PlacedValue& like) {
        PlacedValue value = like;
        value.value = emit(ActivationNode{kind}, {x}, graph_.shapes[like.value]);
        return value;
    };
    if (operation == Arithmetic::kDivide && is_about(scalar(b.value), 6)) {
        if (const auto x = lifted(a.value)) {
            return as(Activation::kHardSigmoid, *x, a);
        }
        const auto* product = made_by<ArithmeticNode>(a.value);
        if (product != nullptr && product->operation == Arithmetic::kMultiply) {
            for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
                const std::size_t x = source(a.value, 1 - side);
                if (lifted(source(a.value, side)) == x) {
                    return as(Activation::kHardSwish, x, a);
                }
            }
        }
    }
    if (operation == Arithmetic::kMultiply && a.axes == b.axes) {
        for (const auto& [x, gate] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
            const Activation kind = activation(gate->value);
            const bool sigmoid = kind == Activation::kSigmoid;
            if ((sigmoid || kind == Activation::kHardSigmoid) && source(gate->value) == x->value) {
                return as(sigmoid ? Activation::kSilu : Activation::kHardSwish, x->value, *x);
            }
        }
    }
    return std::nullopt;
}

/// `may_fold`: `left` is the current operator's first operand.
OnnxOperand OnnxGraphBuilder::combine(Arithmetic operation, const OnnxOperand& left,
                                      const OnnxOperand& right, bool may_fold) {
    const auto* left_value = std::get_if<PlacedValue>(&left);
    const auto* right_value = std::get_if<PlacedValue>(&right);
    const auto* by = std::get_if<OnnxConstant>(&right);
    if (may_fold && left_value != nullptr && by != nullptr && operation != Arithmetic::kMaximum &&
        operation != Arithmetic::kMinimum && fold_into_conv(operation, *left_value, *by)) {
        return left;
    }
    const auto shape_of_operand = [](const OnnxOperand& operand) -> const Shape& {
        return std::visit([](const auto& value) -> const Shape& { return value.shape; }, operand);
    };
    Shape shape;
    if (!broadcast_shapes(shape_of_operand(left), shape_of_operand(right), shape)) {
        unsupported(fmt::format("combines {} and {}", fmt::join(shape_of_operand(left), "x"),
                                fmt::join(shape_of_operand(right), "x")));
    }
    shape.resize(std::max<std::size_t>(shape.size(), 1), 1);
    // The order of axes is that of the larger value.
    const auto size = [&](const PlacedValue* value) {
        return value == nullptr ? 0 : numbers_in(value->shape);
    };
    const PlacedValue* leader = size(left_value) >= size(right_value) ? left_value : right_value;
    Axes axes = file_order(shape.size());
    if (leader != nullptr && leader->shape.size() == shape.size()) {
        axes = leader->axes;
    }
    const auto arrange = [&](const OnnxOperand& operand) {
        if (const auto* known = std::get_if<OnnxConstant>(&operand)) {
            return place(*known, axes);
        }
        return ordered(at_rank(std::get<PlacedValue>(operand), shape.size()), axes);
    };
    const PlacedValue a = arrange(left), b = arrange(right);
    if (const auto found = recognized(operation, a, b)) {
        return *found;
    }
    // Both backends are fastest where the smaller operand comes second.
    const bool turns = operation != Arithmetic::kSubtract && operation != Arithmetic::kDivide &&
                       numbers_in(a.shape) < numbers_in(b.shape);
    const std::size_t value =
        emit(ArithmeticNode{operation, Activation::kNone},
             {turns ? b.value : a.value, turns ? a.value : b.value}, arranged(shape, axes));
    return PlacedValue{value, shape, axes};
}

/// (x - mean) / sqrt(variance + epsilon) * scale + shift over the last axis.
void OnnxGraphBuilder::add_layer_norm() {
    PlacedValue x = placed(0);
    const std::size_t rank = x.shape.size(), last = rank - 1;
    if (axis_of(integer("axis", -1), rank) != last || last == 0 ||
        (node_->outputs.size() > 1 && !node_->outputs[1].empty())) {
        unsupported("runs over several axes, or hands out its statistics");
    }
    const auto at =
        static_cast<std::size_t>(std::find(x.axes.begin(), x.axes.end(), last) - x.axes.begin());
    const Shape whole = graph_.shapes[x.value];
    Shape one = whole;
    one[at] = 1;
    const auto mean_of = [&](std::size_t value) {
        return emit(ReduceNode{Reduction::kMean, at}, {value}, one);
    };
    const auto arithmetic = [&](Arithmetic operation, std::size_t a, std::size_t b) {
        return emit(ArithmeticNode{operation, Activation::kNone}, {a, b}, whole);
    };
    const std::size_t centered = arithmetic(Arithmetic::kSubtract, x.value, mean_of(x.value));
    PlacedValue variance{mean_of(emit(FunctionNode{Function::kSquare}, {centered}, whole)), x.shape,
                         x.axes};
    variance = by_number(Arithmetic::kAdd, variance, number("epsilon", 1e-5F));
    const std::size_t deviation = emit(FunctionNode{Function::kSqrt}, {variance.value}, one);
    x.value = arithmetic(Arithmetic::kDivide, centered, deviation);
    for (const auto& [operation, position] : {std::pair{Arithmetic::kMultiply, std::size_t{1}},
                                              std::pair{Arithmetic::kAdd, std::size_t{2}}}) {
        if (has_input(position)) {
            if (constant_input(position).shape != Shape{x.shape[last]}) {
                unsupported("has a scale or shift that does not fit its last axis");
            }
            x.value = arithmetic(operation, x.value, place(constant_input(position), x.axes).value);
        }
    }
    result(x);
}

/// Along one axis, since opset 13; before that over all axes from it on, which is the same where
/// the later ones have one entry.
void OnnxGraphBuilder::add_softmax() {
    PlacedValue x = placed(0);
    const std::size_t rank = x.shape.size();
    constexpr std::int64_t kSingleAxis = 13;
    const std::size_t axis = axis_of(integer("axis", file_.opset < kSingleAxis ? 1 : -1), rank);
    if (file_.opset < kSingleAxis &&
        std::any_of(x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end(),
                    [](std::int64_t extent) { return extent != 1; })) {
        unsupported("runs over several axes");
    }
    Axes axes = x.axes;
    if (axes.back() != axis) {
        std::erase(axes, axis);
        axes.push_back(axis);
        x = ordered(std::move(x), axes);
    }
    result(same_shape(SoftmaxNode{}, std::move(x)));
}

void OnnxGraphBuilder::add_reduction(Reduction reduction) {
    PlacedValue x = placed(0);
    const std::size_t rank = x.shape.size();
    std::vector<bool> gone(rank, false);
    const auto axes = axes_or_input("axes", 1);
    if (!axes || axes->empty()) {
        unsupported("runs over all axes, the batch too");
    }
    for (const std::int64_t axis : *axes) {
        gone[axis_of(axis, rank)] = true;
    }
    if (gone[0]) {
        unsupported("runs over the batch");
    }
    const bool pixels = rank == 4 && x.axes == picture_order() && gone[2] && gone[3] && !gone[1];
    Shape kept;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        if (!gone[axis]) {
            kept.push_back(x.shape[axis]);
        } else if (!pixels || reduction != Reduction::kMean) {
            x.shape[axis] = 1;
            const auto at = std::find(x.axes.begin(), x.axes.end(), axis) - x.axes.begin();
            x.value = emit(ReduceNode{reduction, static_cast<std::size_t>(at)}, {x.value},
                           arranged(x.shape, x.axes));
        }
    }
    if (pixels && reduction == Reduction::kMean) {
        x.shape[2] = x.shape[3] = 1;
        x.value = emit(GlobalMeanNode{}, {x.value}, arranged(x.shape, x.axes));
    }
    result(integer("keepdims", 1) != 0 ? x : reshaped(std::move(x), kept));
}

void OnnxGraphBuilder::add_matmul() {
    if (is_constant(1) && !is_constant(0)) {
        OnnxConstant weights = weights_input(1);
        const std::size_t rank = weights.shape.size();
        if (rank < 2 || shape_of(0).size() < 2 ||
            weights.size() !=
                static_cast<std::size_t>(weights.shape[rank - 2] * weights.shape[rank - 1])) {
            unsupported(fmt::format("multiplies by {}", fmt::join(weights.shape, "x")));
        }
        weights.shape = {weights.shape[rank - 2], weights.shape[rank - 1]};
        const auto outputs = static_cast<std::size_t>(weights.shape[1]);
        return result(linear(placed(0), weights, false, std::vector<float>(outputs, 0.0F)));
    }
    const std::size_t rank = std::max(shape_of(0).size(), shape_of(1).size());
    if (rank < 3) {
        unsupported("multiplies values without a batch");
    }
    const PlacedValue a = at_rank(in_file_order(placed(0)), rank);
    const PlacedValue b = at_rank(in_file_order(placed(1)), rank);
    Shape shape = a.shape;
    shape[rank - 1] = b.shape[rank - 1];
    bool fits = a.shape[rank - 1] == b.shape[rank - 2];
    for (std::size_t axis = 0; axis + 2 < rank; ++axis) {
        fits = fits && (b.shape[axis] == a.shape[axis] || b.shape[axis] == 1);
    }
    if (!fits) {
        unsupported(
            fmt::format("multiplies {} by {}", fmt::join(a.shape, "x"), fmt::join(b.shape, "x")));
    }
    result(PlacedValue{emit(MatMulNode{}, {a.value, b.value}, shape), shape, file_order(rank)});
}

}  // namespace closet
