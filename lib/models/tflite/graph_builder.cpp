#include "models/tflite/graph_builder.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/tflite/constants.h"

namespace closet {

GraphBuilder::GraphBuilder(const TfliteFile& file)
    : file_(file), value_of_(file.tensors.size()), origin_of_(file.tensors.size()) {
    std::iota(origin_of_.begin(), origin_of_.end(), std::size_t{0});
}

NetworkGraph GraphBuilder::build(const std::vector<std::size_t>& outputs) {
    graph_.name = file_.name;
    if (file_.inputs.size() != 1) {
        throw ModelError(
            fmt::format("{} has {} inputs, and one is supported", file_.name, file_.inputs.size()));
    }
    const auto input = static_cast<std::size_t>(file_.inputs[0]);
    define(input, shape_of(input));
    if (graph_.shapes[0].size() != 4) {
        unsupported("has an input that is no picture");
    }
    for (const TfliteOperator& op : file_.operators) {
        op_ = &op;
        add_operator();
    }
    set_outputs(outputs);
    return std::move(graph_);
}

void GraphBuilder::unsupported(const std::string& what) const {
    throw ModelError(
        fmt::format("{} cannot be used: {} {}", file_.name, op_ ? op_->name : "it", what));
}

const GraphBuilder::Shape& GraphBuilder::shape_of(std::size_t tensor) const {
    const auto& shape = file_.tensors[tensor].shape;
    if (shape.size() > 4 || shape.empty() || shape[0] != 1) {
        unsupported(fmt::format("has a tensor of shape {}", fmt::join(shape, "x")));
    }
    return shape;
}

void GraphBuilder::set_outputs(const std::vector<std::size_t>& wanted) {
    op_ = nullptr;
    std::vector<std::size_t> positions = wanted;
    if (positions.empty()) {
        for (std::size_t i = 0; i < file_.outputs.size(); ++i) {
            positions.push_back(i);
        }
    }
    for (const auto position : positions) {
        if (position >= file_.outputs.size()) {
            throw ModelError(fmt::format("{} has {} outputs, so there is no output {}", file_.name,
                                         file_.outputs.size(), position));
        }
        const auto tensor = static_cast<std::size_t>(file_.outputs[position]);
        if (!value_of_[tensor] || *value_of_[tensor] == 0) {
            unsupported(fmt::format("never computes its output '{}'", file_.tensors[tensor].name));
        }
        graph_.outputs.push_back(*value_of_[tensor]);
        graph_.output_names.push_back(file_.tensors[tensor].name);
    }
    if (graph_.outputs.empty()) {
        unsupported("has no outputs");
    }
}

std::size_t GraphBuilder::input(std::size_t position) const {
    if (position >= op_->inputs.size() || op_->inputs[position] < 0) {
        unsupported(fmt::format("has no input {}", position));
    }
    return static_cast<std::size_t>(op_->inputs[position]);
}

std::size_t GraphBuilder::output() const {
    if (op_->outputs.size() != 1) {
        unsupported(fmt::format("has {} outputs", op_->outputs.size()));
    }
    return static_cast<std::size_t>(op_->outputs[0]);
}

// The value of an input that is computed, not constant.
std::size_t GraphBuilder::value(std::size_t position) {
    const std::size_t tensor = input(position);
    if (const auto pad = pads_.find(tensor); pad != pads_.end()) {
        materialise(tensor, pad->second);
    }
    if (!value_of_[tensor]) {
        unsupported(fmt::format("reads '{}', which nothing before it computes",
                                file_.tensors[tensor].name));
    }
    return *value_of_[tensor];
}

const GraphBuilder::Shape& GraphBuilder::picture(std::size_t value_id) const {
    if (shape(value_id).size() != 4) {
        unsupported(fmt::format("works on a shape of {}", fmt::join(shape(value_id), "x")));
    }
    return shape(value_id);
}

// The constant behind an input, through DEQUANTIZE and DENSIFY.
const TfliteTensor& GraphBuilder::constant(std::size_t position) const {
    return file_.tensors[origin_of_[input(position)]];
}

const TfliteTensor& GraphBuilder::weights(std::size_t position, const Shape& expected) const {
    const TfliteTensor& tensor = constant(position);
    if (tensor.shape != expected) {
        unsupported(fmt::format("has weights of shape {} where {} is needed",
                                fmt::join(tensor.shape, "x"), fmt::join(expected, "x")));
    }
    return tensor;
}

std::vector<float> GraphBuilder::bias(std::size_t position, std::int64_t channels) const {
    if (position >= op_->inputs.size() || op_->inputs[position] < 0) {
        return std::vector<float>(static_cast<std::size_t>(channels), 0.0F);
    }
    return float_constant(file_, weights(position, {channels}));
}

Activation GraphBuilder::activation(TfliteActivation fused) const {
    switch (fused) {
        case TfliteActivation::kNone:
            return Activation::kNone;
        case TfliteActivation::kRelu:
            return Activation::kRelu;
        case TfliteActivation::kRelu6:
            return Activation::kRelu6;
        case TfliteActivation::kReluN1To1:
            break;
    }
    unsupported("fuses the activation RELU_N1_TO_1");
}

std::size_t GraphBuilder::define(std::size_t tensor, const Shape& shape) {
    if (value_of_[tensor] || !file_.tensors[tensor].data.empty()) {
        unsupported(fmt::format("computes '{}' again", file_.tensors[tensor].name));
    }
    graph_.shapes.push_back(shape);
    value_of_[tensor] = graph_.shapes.size() - 1;
    return *value_of_[tensor];
}

// Output length of one axis; sets the padding of SAME, else keeps what is there.
std::int64_t GraphBuilder::slide(std::int64_t length, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t dilation, bool same, std::int64_t& before,
                                 std::int64_t& after) const {
    if (stride < 1 || dilation < 1 || kernel < 1) {
        unsupported("has a stride, dilation or filter of 0");
    }
    const std::int64_t reach = (kernel - 1) * dilation + 1;
    if (same) {
        const std::int64_t padded = length + before + after;
        const std::int64_t steps = (padded + stride - 1) / stride;
        const std::int64_t total = std::max<std::int64_t>((steps - 1) * stride + reach - padded, 0);
        before += total / 2;
        after += total - total / 2;
    }
    if (length + before + after < reach) {
        unsupported("has a window larger than its picture");
    }
    return (length + before + after - reach) / stride + 1;
}

GraphBuilder::Shape GraphBuilder::slide(KernelWindow& window, const Shape& in, bool same,
                                        std::int64_t channels) const {
    const std::int64_t height = slide(in[1], window.kernel_h, window.stride_h, window.dilation_h,
                                      same, window.pad_top, window.pad_bottom);
    const std::int64_t width = slide(in[2], window.kernel_w, window.stride_w, window.dilation_w,
                                     same, window.pad_left, window.pad_right);
    return {1, height, width, channels};
}

KernelWindow GraphBuilder::window_of(const TfliteWindow& options) {
    KernelWindow window;
    window.stride_h = options.stride_h;
    window.stride_w = options.stride_w;
    window.dilation_h = options.dilation_h;
    window.dilation_w = options.dilation_w;
    return window;
}

void GraphBuilder::add_operator() {
    switch (static_cast<TfliteCode>(op_->code)) {
        case TfliteCode::kDequantize:
        case TfliteCode::kDensify:
            return add_constant();
        case TfliteCode::kConv2d:
            return add_conv(false);
        case TfliteCode::kDepthwiseConv2d:
            return add_conv(true);
        case TfliteCode::kAdd:
            return add_arithmetic(Arithmetic::kAdd);
        case TfliteCode::kSub:
            return add_arithmetic(Arithmetic::kSubtract);
        case TfliteCode::kMul:
            return add_arithmetic(Arithmetic::kMultiply);
        case TfliteCode::kRelu:
            return add_activation(Activation::kRelu);
        case TfliteCode::kRelu6:
            return add_activation(Activation::kRelu6);
        case TfliteCode::kHardSwish:
            return add_activation(Activation::kHardSwish);
        case TfliteCode::kLogistic:
            return add_activation(Activation::kSigmoid);
        case TfliteCode::kPad:
            return add_pad();
        case TfliteCode::kResizeBilinear:
            return add_resize();
        case TfliteCode::kMaxPool2d:
            return add_pool(true);
        case TfliteCode::kAveragePool2d:
            return add_pool(false);
        case TfliteCode::kMean:
            return add_mean();
        case TfliteCode::kReshape:
            return add_reshape();
        case TfliteCode::kConcatenation:
            return add_concat();
        case TfliteCode::kDepthToSpace:
            return add_depth_to_space();
        case TfliteCode::kCustom:
            return add_custom();
    }
    unsupported("is not supported");
}

void GraphBuilder::check_output(const Shape& computed) const {
    const std::size_t tensor = output();
    if (shape_of(tensor) != computed) {
        unsupported(fmt::format("computes {} where its output has {}", fmt::join(computed, "x"),
                                fmt::join(file_.tensors[tensor].shape, "x")));
    }
}

NetworkGraph build_graph(const TfliteFile& file, const std::vector<std::size_t>& outputs) {
    NetworkGraph graph = GraphBuilder(file).build(outputs);
    prune(graph);
    fuse(graph);
    // The heaviest known model keeps 5 million floats alive.
    require_memory(graph, std::int64_t{1} << 25);
    return graph;
}

}  // namespace closet
