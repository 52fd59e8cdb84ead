#include "models/tflite/graph_builder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/tflite/constants.h"

namespace closet {

namespace {

constexpr std::int64_t kMaxPadding = 1 << 12;  // rows, columns or channels on one side

}  // namespace

void GraphBuilder::add_constant() {
    const std::size_t tensor = output();
    const std::size_t origin = origin_of_[input(0)];
    if (file_.tensors[origin].data.empty()) {
        unsupported("is applied to something that is not constant");
    }
    if (value_of_[tensor] || origin_of_[tensor] != tensor || !file_.tensors[tensor].data.empty() ||
        file_.tensors[tensor].shape != file_.tensors[origin].shape) {
        unsupported("does not fit its output");
    }
    origin_of_[tensor] = origin;
}

void GraphBuilder::add_conv(bool depthwise) {
    const auto& chosen = options<TfliteWindow>();
    ConvNode conv;
    conv.window = window_of(chosen);
    conv.depthwise = depthwise;
    const std::size_t padded = input(0);
    const auto pad = pads_.find(padded);
    const std::size_t source = pad != pads_.end() ? pad->second.source : value(0);
    if (pad != pads_.end()) {
        conv.window.pad_top = pad->second.node.before[1];
        conv.window.pad_left = pad->second.node.before[2];
        conv.window.pad_bottom = pad->second.node.after[1];
        conv.window.pad_right = pad->second.node.after[2];
    }
    const Shape in = picture(source);
    const Shape& stored = constant(1).shape;
    if (stored.size() != 4) {
        unsupported("has weights that are not four-dimensional");
    }
    conv.window.kernel_h = stored[1];
    conv.window.kernel_w = stored[2];
    if (depthwise && chosen.depth_multiplier > 1) {
        unsupported(fmt::format("has depth multiplier {}", chosen.depth_multiplier));
    }
    const std::int64_t channels = depthwise ? in[3] : stored[0];
    const Shape out = slide(conv.window, in, chosen.same, channels);
    const Shape expected = depthwise ? Shape{1, stored[1], stored[2], in[3]}
                                     : Shape{stored[0], stored[1], stored[2], in[3]};
    conv.weights = float_constant(file_, weights(1, expected));
    conv.bias = bias(2, channels);
    conv.activation = activation(chosen.activation);
    emit(std::move(conv), {source}, out);
}

// An input that is computed, or a constant with a number for each channel.
std::size_t GraphBuilder::value_or_channels(std::size_t position) {
    const std::size_t tensor = origin_of_[input(position)];
    const TfliteTensor& stored = file_.tensors[tensor];
    if (stored.data.empty() || stored.shape.size() != 1) {
        return value(position);
    }
    const std::size_t result = graph_.shapes.size();
    graph_.shapes.push_back({1, 1, 1, stored.shape[0]});
    graph_.nodes.push_back({ConstantNode{float_constant(file_, stored)}, {}, result});
    return result;
}

void GraphBuilder::add_arithmetic(Arithmetic operation) {
    std::size_t left = value_or_channels(0);
    std::size_t right = value_or_channels(1);
    if (operation != Arithmetic::kSubtract && graph_.shapes[left] != graph_.shapes[right] &&
        is_one_pixel(left)) {
        std::swap(left, right);
    }
    const bool scaled =
        is_one_pixel(right) && shape(left).size() == 4 && shape(left)[3] == shape(right)[3];
    if (shape(left) != shape(right) && !scaled) {
        unsupported(fmt::format("combines shapes {} and {}", fmt::join(shape(left), "x"),
                                fmt::join(shape(right), "x")));
    }
    const auto fused = activation(options<TfliteBinary>().activation);
    const Shape out = shape(left);
    emit(ArithmeticNode{operation, fused}, {left, right}, out);
}

bool GraphBuilder::is_one_pixel(std::size_t value_id) const {
    const Shape& extent = shape(value_id);
    return extent.size() == 4 && extent[1] == 1 && extent[2] == 1;
}

void GraphBuilder::add_activation(Activation kind) {
    const std::size_t source = value(0);
    const Shape out = shape(source);
    emit(ActivationNode{kind}, {source}, out);
}

void GraphBuilder::add_function(Function function) {
    const std::size_t source = value(0);
    const Shape out = shape(source);
    emit(FunctionNode{function}, {source}, out);
}

// Padding of rows and columns waits for the convolutions that read it; whoever else reads it
// makes it a node of its own.
void GraphBuilder::add_pad() {
    const std::size_t source = value(0);
    const Shape& in = picture(source);
    const auto amounts = integer_constant(file_, constant(1));
    if (amounts.size() != 8) {
        unsupported("needs two amounts for each of four axes");
    }
    PadNode node;
    Shape out;
    for (std::size_t axis = 0; axis < 4; ++axis) {
        node.before[axis] = amounts[2 * axis];
        node.after[axis] = amounts[2 * axis + 1];
        if (std::min(node.before[axis], node.after[axis]) < 0 ||
            std::max(node.before[axis], node.after[axis]) > kMaxPadding) {
            unsupported("has an amount of padding that is out of range");
        }
        out.push_back(in[axis] + node.before[axis] + node.after[axis]);
    }
    const std::size_t tensor = output();
    if (out != shape_of(tensor) || node.before[0] != 0) {
        unsupported("does not fit its output");
    }
    if (value_of_[tensor] || pads_.contains(tensor)) {
        unsupported("computes its output again");
    }
    const bool only_pixels = node.before[3] == 0 && node.after[3] == 0;
    if (only_pixels) {
        pads_.emplace(tensor, PendingPad{source, node});
    } else {
        emit(node, {source}, out);
    }
}

void GraphBuilder::materialise(std::size_t tensor, const PendingPad& pad) {
    if (!value_of_[tensor]) {
        const std::size_t result = define(tensor, shape_of(tensor));
        graph_.nodes.push_back({pad.node, {pad.source}, result});
    }
}

void GraphBuilder::add_resize() {
    const auto& chosen = options<TfliteResize>();
    if (chosen.align_corners || !chosen.half_pixel_centers) {
        unsupported("is supported with half_pixel_centers only");
    }
    const std::size_t source = value(0);
    const Shape& in = picture(source);
    const Shape& out = shape_of(output());
    const auto size = integer_constant(file_, constant(1));
    if (out.size() != 4 || size != Shape{out[1], out[2]} || out[3] != in[3]) {
        unsupported("does not fit its output");
    }
    emit(ResizeNode{}, {source}, Shape(out));
}

void GraphBuilder::add_pool(bool maximum) {
    const auto& chosen = options<TfliteWindow>();
    const std::size_t source = value(0);
    const Shape in = picture(source);
    KernelWindow window = window_of(chosen);
    window.kernel_h = chosen.filter_h;
    window.kernel_w = chosen.filter_w;
    const Shape out = slide(window, in, chosen.same, in[3]);
    if (chosen.activation != TfliteActivation::kNone) {
        unsupported("with a fused activation is not supported");
    }
    const bool even = window.pad_top == window.pad_bottom && window.pad_left == window.pad_right;
    if (!maximum && !even) {
        unsupported("with uneven padding is not supported");
    }
    if (!maximum && out[1] == 1 && out[2] == 1 && window.kernel_h == in[1] &&
        window.kernel_w == in[2]) {
        return emit(GlobalMeanNode{}, {source}, out);
    }
    emit(PoolNode{window, maximum}, {source}, out);
}

void GraphBuilder::add_mean() {
    const std::size_t source = value(0);
    const Shape in = picture(source);
    auto axes = integer_constant(file_, constant(1));
    std::sort(axes.begin(), axes.end());
    if (axes != Shape{1, 2} || !options<TfliteMean>().keep_dims) {
        unsupported("is supported over rows and columns only");
    }
    emit(GlobalMeanNode{}, {source}, {1, 1, 1, in[3]});
}

void GraphBuilder::add_reshape() {
    const std::size_t source = value(0);
    const Shape& out = shape_of(output());
    const auto count = [](const Shape& extents) {
        std::int64_t product = 1;
        for (const auto extent : extents) {
            product *= extent;
        }
        return product;
    };
    if (count(out) != count(shape(source))) {
        unsupported("changes the number of elements");
    }
    emit(ReshapeNode{}, {source}, Shape(out));
}

void GraphBuilder::add_concat() {
    const auto& chosen = options<TfliteConcat>();
    if (chosen.activation != TfliteActivation::kNone || op_->inputs.empty()) {
        unsupported("with a fused activation or without inputs is not supported");
    }
    std::vector<std::size_t> sources;
    for (std::size_t i = 0; i < op_->inputs.size(); ++i) {
        sources.push_back(value(i));
    }
    Shape out = shape(sources[0]);
    const auto rank = static_cast<std::int64_t>(out.size());
    const std::int64_t axis = chosen.axis < 0 ? chosen.axis + rank : chosen.axis;
    if (axis < 1 || axis >= rank) {
        unsupported(fmt::format("joins along axis {}", chosen.axis));
    }
    const auto joined = static_cast<std::size_t>(axis);
    for (std::size_t i = 1; i < sources.size(); ++i) {
        Shape other = shape(sources[i]);
        if (other.size() != out.size()) {
            unsupported("joins shapes of different rank");
        }
        out[joined] += other[joined];
        other[joined] = out[joined];
        if (other != out) {
            unsupported("joins shapes that do not fit");
        }
    }
    emit(ConcatNode{joined}, std::move(sources), out);
}

void GraphBuilder::add_depth_to_space() {
    const std::int64_t block = options<TfliteDepthToSpace>().block;
    const std::size_t source = value(0);
    const Shape in = picture(source);
    if (block < 1 || in[3] % (block * block) != 0) {
        unsupported(fmt::format("has block size {}", block));
    }
    emit(DepthToSpaceNode{block}, {source},
         {1, in[1] * block, in[2] * block, in[3] / (block * block)});
}

// MediaPipe's own operator. Options: int32 padding (1 = SAME), stride w, stride h (TFLite's
// TfLiteTransposeConvParams). Where kernel and stride are equal it is a plain block upsampling.
void GraphBuilder::add_custom() {
    if (op_->name != "Convolution2DTransposeBias") {
        unsupported("is a custom operator that is not supported");
    }
    std::array<std::int32_t, 3> words{};
    const auto bytes = options<TfliteCustom>().bytes;
    if (bytes.size() < sizeof words) {
        unsupported("lacks its options");
    }
    std::memcpy(words.data(), bytes.data(), sizeof words);
    const std::size_t source = value(0);
    const Shape in = picture(source);
    const Shape& stored = constant(1).shape;
    if (stored.size() != 4 || stored[1] != words[2] || stored[2] != words[1]) {
        unsupported("is supported where the kernel is as large as the stride");
    }
    BlockUpsampleNode up;
    up.block_h = stored[1];
    up.block_w = stored[2];
    up.weights = float_constant(file_, weights(1, {stored[0], stored[1], stored[2], in[3]}));
    up.bias = bias(2, stored[0]);
    emit(std::move(up), {source}, {1, in[1] * stored[1], in[2] * stored[2], stored[0]});
}

}  // namespace closet
