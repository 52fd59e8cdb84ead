#include "models/networks/graph_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

namespace {

GraphWriter::Shape slide(const GraphWriter::Shape& in, const KernelWindow& window,
                         std::int64_t channels) {
    return {1, window.result_rows(in[1]), window.result_columns(in[2]), channels};
}

}  // namespace

GraphWriter::GraphWriter(std::string name, std::int64_t height, std::int64_t width) {
    graph_.name = std::move(name);
    graph_.shapes.push_back({1, height, width, 3});
}

template <class Op>
GraphWriter::Value GraphWriter::add(Op op, std::vector<Value> inputs, Shape shape) {
    const Value output = graph_.shapes.size();
    graph_.shapes.push_back(std::move(shape));
    graph_.nodes.push_back({std::move(op), std::move(inputs), output});
    return output;
}

GraphWriter::Value GraphWriter::conv(ConvNode node, Value x, std::int64_t channels) {
    Shape result = slide(shape(x), node.window, channels);
    return add(std::move(node), {x}, std::move(result));
}

GraphWriter::Value GraphWriter::conv(ConvNode node, Value x, std::int64_t channels,
                                     Value residual) {
    Shape result = slide(shape(x), node.window, channels);
    return add(std::move(node), {x, residual}, std::move(result));
}

GraphWriter::Value GraphWriter::max_pool(Value x, std::int64_t kernel) {
    const PoolNode node{.window = KernelWindow::square(kernel, 1, kernel / 2, 1), .maximum = true};
    return add(node, {x}, shape(x));
}

GraphWriter::Value GraphWriter::global_mean(Value x) {
    return add(GlobalMeanNode{}, {x}, {1, 1, 1, channels(x)});
}

GraphWriter::Value GraphWriter::multiply(Value a, Value b) {
    return add(ArithmeticNode{.operation = Arithmetic::kMultiply}, {a, b}, shape(a));
}

GraphWriter::Value GraphWriter::concat(const std::vector<Value>& parts) {
    Shape result = shape(parts.front());
    result.back() = 0;
    for (const Value part : parts) {
        result.back() += channels(part);
    }
    const ConcatNode node{.axis = result.size() - 1};
    return add(node, parts, std::move(result));
}

GraphWriter::Value GraphWriter::repeat(Value x, std::int64_t factor) {
    Shape result = shape(x);
    result[1] *= factor;
    result[2] *= factor;
    return add(RepeatNode{.factor = factor}, {x}, std::move(result));
}

GraphWriter::Value GraphWriter::channels_to_pixels(Value x) {
    const Shape& in = shape(x);
    return add(ChannelsToPixelsNode{}, {x}, {1, in[3], 1, in[1] * in[2]});
}

GraphWriter::Value GraphWriter::scale_norm(Value x, float gain) {
    return add(ScaleNormNode{.gain = gain}, {x}, shape(x));
}

GraphWriter::Value GraphWriter::gated_attention(GatedAttentionNode node, Value x,
                                                std::int64_t channels) {
    Shape result = shape(x);
    result[3] = channels;
    return add(std::move(node), {x}, std::move(result));
}

GraphWriter::Value GraphWriter::halving_max_pool(Value x) {
    const Shape& in = shape(x);
    const PoolNode node{.window = {.kernel_h = 2,
                                   .kernel_w = 2,
                                   .stride_h = 2,
                                   .stride_w = 2,
                                   .pad_bottom = in[1] % 2,
                                   .pad_right = in[2] % 2},
                        .maximum = true};
    return add(node, {x}, {1, (in[1] + 1) / 2, (in[2] + 1) / 2, in[3]});
}

GraphWriter::Value GraphWriter::resize(Value x, std::int64_t height, std::int64_t width,
                                       ResizeGrid grid) {
    return add(ResizeNode{.grid = grid}, {x}, {1, height, width, channels(x)});
}

GraphWriter::Value GraphWriter::activation(Value x, Activation activation) {
    return add(ActivationNode{.activation = activation}, {x}, shape(x));
}

GraphWriter::Value GraphWriter::arithmetic(Arithmetic operation, Value a, Value b) {
    Shape result = shape(a);
    for (std::size_t axis = 0; axis < result.size(); ++axis) {
        result[axis] = std::max(result[axis], shape(b)[axis]);
    }
    return add(ArithmeticNode{.operation = operation}, {a, b}, std::move(result));
}

GraphWriter::Value GraphWriter::constant(std::vector<float> values, Shape shape) {
    return add(ConstantNode{.values = std::move(values)}, {}, std::move(shape));
}

GraphWriter::Value GraphWriter::reshape(Value x, Shape shape) {
    return add(ReshapeNode{}, {x}, std::move(shape));
}

GraphWriter::Value GraphWriter::swap_last_axes(Value x) {
    const Shape& in = shape(x);
    return add(TransposeNode{.axes = {0, 2, 1}}, {x}, {in[0], in[2], in[1]});
}

GraphWriter::Value GraphWriter::matrix_product(Value a, Value b) {
    return add(MatMulNode{}, {a, b}, {1, shape(a)[1], shape(b)[2]});
}

GraphWriter::Value GraphWriter::softmax(Value x) {
    return add(SoftmaxNode{}, {x}, shape(x));
}

GraphWriter::Value GraphWriter::length(Value x) {
    Shape result = shape(x);
    result.back() = 1;
    const ReduceNode node{.reduction = Reduction::kLength, .axis = result.size() - 1};
    return add(node, {x}, std::move(result));
}

GraphWriter::Value GraphWriter::clamp(Value x, float low, float high) {
    return add(ClampNode{.low = low, .high = high}, {x}, shape(x));
}

GraphWriter::Value GraphWriter::max_pool(Value x, std::int64_t kernel, std::int64_t stride,
                                         bool ceils) {
    const auto over = [&](std::int64_t length) {
        const std::int64_t left = (length - kernel) % stride;
        return ceils && left != 0 ? stride - left : 0;
    };
    const PoolNode node{.window = {.kernel_h = kernel,
                                   .kernel_w = kernel,
                                   .stride_h = stride,
                                   .stride_w = stride,
                                   .pad_bottom = over(shape(x)[1]),
                                   .pad_right = over(shape(x)[2])},
                        .maximum = true};
    return pool(node, x);
}

GraphWriter::Value GraphWriter::pool(const PoolNode& node, Value x) {
    return add(node, {x}, slide(shape(x), node.window, channels(x)));
}

GraphWriter::Value GraphWriter::prelu(std::vector<float> slope, Value x) {
    return add(PReluNode{std::move(slope)}, {x}, shape(x));
}

void GraphWriter::label(std::string_view name, Value value) {
    labels_.emplace(name, value);
}

NetworkGraph GraphWriter::finish(std::span<const std::string> outputs) {
    for (const std::string& name : outputs) {
        const auto found = labels_.find(name);
        if (found == labels_.end()) {
            throw ModelError(fmt::format("{} has no value named {}", graph_.name, name));
        }
        graph_.outputs.push_back(found->second);
        graph_.output_names.push_back(name);
    }
    prune(graph_);
    return std::move(graph_);
}

}  // namespace closet
