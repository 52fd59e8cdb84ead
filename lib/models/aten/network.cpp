#include "models/aten/network.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/cpu.h"
#include "core/error.h"
#include "core/log.h"
#include "models/aten/onednn_conv.h"
#include "models/aten/torch_types.h"

namespace closet {

namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

/// In place, for tensors that nobody else has seen yet.
at::Tensor& activate(at::Tensor& tensor, Activation activation) {
    switch (activation) {
        case Activation::kNone:
            break;
        case Activation::kRelu:
            return at::relu_(tensor);
        case Activation::kRelu6:
            return at::hardtanh_(tensor, 0, 6);
        case Activation::kHardSwish:
            return at::hardswish_(tensor);
        case Activation::kSigmoid:
            return at::sigmoid_(tensor);
        case Activation::kSilu:
            return at::silu_(tensor);
        case Activation::kHardSigmoid:
            return at::hardsigmoid_(tensor);
    }
    return tensor;
}

at::Tensor nhwc(const at::Tensor& tensor) {
    return tensor.dim() == 4 ? tensor.permute({0, 2, 3, 1}) : tensor;
}

at::Tensor from_nhwc(const at::Tensor& tensor) {
    return tensor.dim() == 4 ? tensor.permute({0, 3, 1, 2}) : tensor;
}

/// A 1x1 convolution of a single pixel, as in channel attention. LibTorch cannot tell that pixel's
/// memory format, so oneDNN would reorder packed weights at every call.
bool is_linear(const ConvNode& conv, const std::vector<std::int64_t>& in) {
    return conv.window == KernelWindow{} && !conv.depthwise && in[1] == 1 && in[2] == 1;
}

at::Tensor padded(const at::Tensor& x, const KernelWindow& window, double value) {
    return at::constant_pad_nd(
        x, {window.pad_left, window.pad_right, window.pad_top, window.pad_bottom}, value);
}

struct Execute {
    const std::vector<at::Tensor>& inputs;
    const std::vector<std::int64_t>& shape;  ///< of the output, N = 1
    const at::Tensor& weight;                ///< undefined if the node has none

    at::Tensor operator()(const ConvNode&) const { return {}; }  // see AtenNetwork::convolve
    at::Tensor operator()(const BlockUpsampleNode&) const { return {}; }  // see AtenNetwork::run

    at::Tensor operator()(const ArithmeticNode& node) const {
        at::Tensor result;
        switch (node.operation) {
            case Arithmetic::kAdd:
                result = at::add(inputs[0], inputs[1]);
                break;
            case Arithmetic::kSubtract:
                result = at::sub(inputs[0], inputs[1]);
                break;
            case Arithmetic::kMultiply:
                result = at::mul(inputs[0], inputs[1]);
                break;
            case Arithmetic::kDivide:
                result = at::div(inputs[0], inputs[1]);
                break;
            case Arithmetic::kMaximum:
                result = at::maximum(inputs[0], inputs[1]);
                break;
            case Arithmetic::kMinimum:
                result = at::minimum(inputs[0], inputs[1]);
                break;
        }
        return activate(result, node.activation);
    }
    at::Tensor operator()(const ActivationNode& node) const {
        at::Tensor result = inputs[0].clone();
        return activate(result, node.activation);
    }
    at::Tensor operator()(const PadNode& node) const {
        return at::constant_pad_nd(inputs[0], {node.before[2], node.after[2], node.before[1],
                                               node.after[1], node.before[3], node.after[3]});
    }
    at::Tensor operator()(const ResizeNode& node) const {
        const std::array<std::int64_t, 2> size{shape[1], shape[2]};
        if (node.grid != ResizeGrid::kAsymmetric) {
            return at::upsample_bilinear2d(inputs[0], size, node.grid == ResizeGrid::kAlignCorners);
        }
        const auto along = [](const at::Tensor& x, std::int64_t axis, std::int64_t to) {
            const std::int64_t from = x.size(axis);
            const at::Tensor place =
                at::arange(to, x.options().dtype(at::kDouble)) * (double(from) / double(to));
            const at::Tensor low = place.floor();
            const at::Tensor left = low.to(at::kLong);
            std::vector<std::int64_t> extents(4, 1);
            extents[static_cast<std::size_t>(axis)] = to;
            const at::Tensor share = (place - low).to(x.scalar_type()).reshape(extents);
            return at::lerp(x.index_select(axis, left),
                            x.index_select(axis, (left + 1).clamp_max(from - 1)), share);
        };
        return along(along(inputs[0], 2, size[0]), 3, size[1]).contiguous(kChannelsLast);
    }
    at::Tensor operator()(const FunctionNode& node) const {
        const at::Tensor& x = inputs[0];
        switch (node.function) {
            case Function::kAbs:
                return at::abs(x);
            case Function::kSqrt:
                return at::sqrt(x);
            case Function::kExp:
                return at::exp(x);
            case Function::kLog:
                return at::log(x);
            case Function::kTanh:
                return at::tanh(x);
            case Function::kErf:
                return at::erf(x);
            case Function::kSquare:
                return at::square(x);
            case Function::kReciprocal:
                return at::reciprocal(x);
            case Function::kNegative:
                return at::neg(x);
        }
        return x;
    }
    at::Tensor operator()(const ClampNode& node) const {
        return at::clamp(inputs[0], node.low, node.high);
    }
    at::Tensor operator()(const PReluNode&) const { return at::prelu(inputs[0], weight); }
    at::Tensor operator()(const ConstantNode&) const { return from_nhwc(weight); }
    at::Tensor operator()(const TransposeNode& node) const {
        const std::vector<std::int64_t> axes(node.axes.begin(), node.axes.end());
        return from_nhwc(nhwc(inputs[0]).permute(axes));
    }
    at::Tensor operator()(const SliceNode& node) const {
        const auto axis = static_cast<std::int64_t>(node.axis);
        const std::int64_t end = node.begin + (shape[node.axis] - 1) * node.step + 1;
        return from_nhwc(nhwc(inputs[0]).slice(axis, node.begin, end, node.step));
    }
    at::Tensor operator()(const MatMulNode&) const {
        return from_nhwc(at::matmul(nhwc(inputs[0]), nhwc(inputs[1])));
    }
    at::Tensor operator()(const SoftmaxNode&) const {
        return from_nhwc(at::softmax(nhwc(inputs[0]), -1));
    }
    at::Tensor operator()(const ReduceNode& node) const {
        const at::Tensor x = nhwc(inputs[0]);
        const std::array<std::int64_t, 1> axis{static_cast<std::int64_t>(node.axis)};
        switch (node.reduction) {
            case Reduction::kSum:
                return from_nhwc(at::sum(x, axis, true));
            case Reduction::kMean:
                return from_nhwc(at::mean(x, axis, true));
            case Reduction::kMaximum:
                return from_nhwc(at::amax(x, axis, true));
            case Reduction::kLength:
                return from_nhwc(at::linalg_vector_norm(x, 2, axis, true));
        }
        return x;
    }
    at::Tensor operator()(const PoolNode& node) const {
        const KernelWindow& window = node.window;
        const std::array<std::int64_t, 2> kernel{window.kernel_h, window.kernel_w};
        const std::array<std::int64_t, 2> stride{window.stride_h, window.stride_w};
        if (!node.maximum) {
            return at::avg_pool2d(inputs[0], kernel, stride, {window.pad_top, window.pad_left},
                                  /*ceil_mode=*/false, /*count_include_pad=*/false);
        }
        const bool pads = window.pad_top + window.pad_bottom + window.pad_left + window.pad_right;
        constexpr double kLowest = -std::numeric_limits<double>::infinity();
        return at::max_pool2d(pads ? padded(inputs[0], window, kLowest) : inputs[0], kernel,
                              stride);
    }
    at::Tensor operator()(const GlobalMeanNode&) const {
        return at::mean(inputs[0], {2, 3}, /*keepdim=*/true).contiguous(kChannelsLast);
    }
    at::Tensor operator()(const ReshapeNode&) const {
        auto extents = shape;
        extents[0] = inputs[0].size(0);
        return from_nhwc(nhwc(inputs[0]).reshape(extents));
    }
    at::Tensor operator()(const ConcatNode& node) const {
        constexpr std::array<std::int64_t, 4> kNchwAxis{0, 2, 3, 1};
        const bool picture = shape.size() == 4;
        return at::cat(inputs, picture ? kNchwAxis[node.axis] : std::int64_t(node.axis));
    }
    at::Tensor operator()(const DepthToSpaceNode& node) const {
        const std::int64_t block = node.block;
        const std::int64_t batch = inputs[0].size(0);
        // Rows and columns of the picture, rows and columns of the block, channels.
        const auto split = nhwc(inputs[0]).reshape(
            {batch, shape[1] / block, shape[2] / block, block, block, shape[3]});
        return from_nhwc(
            split.permute({0, 1, 3, 2, 4, 5}).reshape({batch, shape[1], shape[2], shape[3]}));
    }
    at::Tensor operator()(const RepeatNode&) const {
        return at::upsample_nearest2d(inputs[0], {shape[1], shape[2]});
    }
    at::Tensor operator()(const ChannelsToPixelsNode&) const {
        // N x C x H x W: what was a channel is a pixel now.
        return from_nhwc(inputs[0].flatten(2).unsqueeze(2)).contiguous(kChannelsLast);
    }
    at::Tensor operator()(const ScaleNormNode& node) const {
        constexpr double kLeast = 1e-5;
        const double root = std::sqrt(static_cast<double>(shape[3]));
        const at::Tensor x = inputs[0].to(at::kFloat);
        const at::Tensor length = at::linalg_vector_norm(x, 2, {1}, /*keepdim=*/true);
        return (x / (length / root).clamp_min(kLeast) * node.gain).to(inputs[0].scalar_type());
    }
    at::Tensor operator()(const GatedAttentionNode& node) const {
        const auto s = static_cast<std::int64_t>(node.query_scale.size());
        const at::Tensor x = inputs[0].flatten(2).transpose(1, 2).to(at::kFloat);  // B x N x C
        const auto parts = at::split_with_sizes(x, {shape[3], shape[3], s}, 2);
        const at::Tensor w = weight.to(at::kFloat);
        const at::Tensor query = parts[2] * w[0] + w[1];
        const at::Tensor key = parts[2] * w[2] + w[3];
        const at::Tensor attention =
            at::relu(at::matmul(query, key.transpose(1, 2)) / std::sqrt(static_cast<double>(s)))
                .square();
        const at::Tensor y = parts[0] * at::matmul(attention, parts[1]);
        return from_nhwc(y.unsqueeze(2)).to(inputs[0].scalar_type());
    }
};

}  // namespace

AtenNetwork::AtenNetwork(NetworkGraph graph, const NetworkOptions& options)
    : graph_(std::move(graph)),
      device_(torch_device(options.device)),
      dtype_(torch_type(options.precision)),
      threads_(options.threads),
      onednn_(device_.is_cpu() && onednn_has(dtype_)),
      outputs_(describe_outputs(graph_)),
      dead_(last_uses(graph_)) {
    if (device_.is_cpu() && dtype_ == at::kBFloat16 && cpu_path() < CpuPath::kAvx512Bf16) {
        throw ModelError(
            fmt::format("{} cannot run as bf16: this processor has no bf16 instructions, only {}; "
                        "run it as fp32",
                        graph_.name, describe_cpu_path()));
    }
    const c10::InferenceMode inference;
    for (Node& node : graph_.nodes) {
        weights_.push_back(to_tensors(node));
        // The tensors hold them from now on.
        if (auto* conv = std::get_if<ConvNode>(&node.op)) {
            conv->weights = {};
            conv->bias = {};
        } else if (auto* up = std::get_if<BlockUpsampleNode>(&node.op)) {
            up->weights = {};
            up->bias = {};
        }
    }
    if (onednn_) {
        pack();
    }
}

AtenNetwork::Weights AtenNetwork::to_tensors(const Node& node) const {
    const auto tensor = [&](const std::vector<float>& values, at::IntArrayRef shape) {
        return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
    };
    const auto settle = [&](const at::Tensor& weight, const at::Tensor& bias) {
        const auto format = weight.dim() == 4 ? std::optional(kChannelsLast) : std::nullopt;
        return Weights{weight.to(device_, dtype_, /*non_blocking=*/false, /*copy=*/true, format),
                       bias.defined()
                           ? bias.to(device_, dtype_, /*non_blocking=*/false, /*copy=*/true)
                           : bias};
    };
    if (const auto* conv = std::get_if<ConvNode>(&node.op)) {
        const auto out = static_cast<std::int64_t>(conv->bias.size());
        const KernelWindow& window = conv->window;
        const auto in = static_cast<std::int64_t>(conv->weights.size()) /
                        (window.kernel_h * window.kernel_w * (conv->depthwise ? 1 : out));
        const at::Tensor weight =
            conv->depthwise ? tensor(conv->weights, {1, window.kernel_h, window.kernel_w, out})
                                  .permute({3, 0, 1, 2})
                            : tensor(conv->weights, {out, window.kernel_h, window.kernel_w, in})
                                  .permute({0, 3, 1, 2});
        return settle(weight, tensor(conv->bias, {out}));
    }
    if (const auto* up = std::get_if<BlockUpsampleNode>(&node.op)) {
        const auto out = static_cast<std::int64_t>(up->bias.size());
        const auto in = graph_.shapes[node.inputs[0]][3];
        // conv_transpose2d wants in x out x kh x kw.
        return settle(
            tensor(up->weights, {out, up->block_h, up->block_w, in}).permute({3, 0, 1, 2}),
            tensor(up->bias, {out}));
    }
    if (const auto* constant = std::get_if<ConstantNode>(&node.op)) {
        return settle(tensor(constant->values, graph_.shapes[node.output]), {});
    }
    if (const auto* prelu = std::get_if<PReluNode>(&node.op)) {
        return settle(tensor(prelu->slope, {static_cast<std::int64_t>(prelu->slope.size())}), {});
    }
    if (const auto* gate = std::get_if<GatedAttentionNode>(&node.op)) {
        std::vector<at::Tensor> rows;
        for (const auto* row :
             {&gate->query_scale, &gate->query_shift, &gate->key_scale, &gate->key_shift}) {
            rows.push_back(tensor(*row, {static_cast<std::int64_t>(row->size())}));
        }
        return {.weight = at::stack(rows).to(device_), .bias = {}};
    }
    return {};
}

void AtenNetwork::pack() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
        const auto* conv = std::get_if<ConvNode>(&graph_.nodes[i].op);
        if (conv == nullptr) {
            continue;
        }
        auto in = graph_.shapes[graph_.nodes[i].inputs[0]];
        if (is_linear(*conv, in)) {
            continue;
        }
        const KernelWindow& window = conv->window;
        if (!window.is_symmetric()) {
            in[1] += window.pad_top + window.pad_bottom;
            in[2] += window.pad_left + window.pad_right;
        }
        weights_[i].weight = onednn_pack(weights_[i].weight, *conv, {1, in[3], in[1], in[2]});
    }
}

at::Tensor AtenNetwork::convolve(const ConvNode& conv, std::size_t index,
                                 const std::vector<at::Tensor>& inputs) const {
    const Weights& weights = weights_[index];
    const bool even = conv.window.is_symmetric();
    const at::Tensor x = even ? inputs[0] : padded(inputs[0], conv.window, 0);
    const std::optional<at::Tensor> residual =
        inputs.size() > 1 ? std::optional(inputs[1]) : std::nullopt;
    const bool linear = is_linear(conv, graph_.shapes[graph_.nodes[index].inputs[0]]);
    if (onednn_ && !linear) {
        return onednn_conv(x, weights.weight, weights.bias, conv, residual);
    }
    const KernelWindow& window = conv.window;
    at::Tensor y =
        linear ? at::linear(x.flatten(1), weights.weight.flatten(1), weights.bias)
                     .unflatten(1, {-1, 1, 1})
               : at::conv2d(x, weights.weight, weights.bias, {window.stride_h, window.stride_w},
                            {even ? window.pad_top : 0, even ? window.pad_left : 0},
                            {window.dilation_h, window.dilation_w},
                            conv.depthwise ? weights.bias.size(0) : 1);
    if (residual && !conv.residual_last) {
        y.add_(*residual);
    }
    activate(y, conv.activation);
    if (residual && conv.residual_last) {
        y.add_(*residual);
    }
    return y;
}

at::Tensor AtenNetwork::execute(std::size_t index, const std::vector<at::Tensor>& inputs) const {
    const Node& node = graph_.nodes[index];
    if (const auto* conv = std::get_if<ConvNode>(&node.op)) {
        return convolve(*conv, index, inputs);
    }
    if (const auto* up = std::get_if<BlockUpsampleNode>(&node.op)) {
        at::Tensor y = at::conv_transpose2d(inputs[0], weights_[index].weight, weights_[index].bias,
                                            {up->block_h, up->block_w});
        return activate(y, up->activation);
    }
    return std::visit(Execute{inputs, graph_.shapes[node.output], weights_[index].weight}, node.op);
}

// The results are views of NHWC order, in the network's own type; several may share memory.
std::vector<at::Tensor> AtenNetwork::run_once(const at::Tensor& input) const {
    std::vector<at::Tensor> values(graph_.shapes.size());
    values[0] = input;
    std::vector<at::Tensor> inputs;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
        inputs.clear();
        for (const auto value : graph_.nodes[i].inputs) {
            inputs.push_back(values[value]);
        }
        values[graph_.nodes[i].output] = execute(i, inputs);
        for (const auto value : dead_[i]) {
            values[value].reset();
        }
    }
    std::vector<at::Tensor> results;
    for (const auto output : graph_.outputs) {
        results.push_back(nhwc(values[output]));
    }
    return results;
}

std::vector<at::Tensor> AtenNetwork::run(const at::Tensor& nchw_input) const {
    if (nchw_input.size(1) != graph_.shapes[0][3]) {
        check_input({}, 1, graph_.name, graph_.shapes[0]);
    }
    const c10::InferenceMode inference;
    const at::Tensor input = nchw_input.to(device_, dtype_, /*non_blocking=*/true, /*copy=*/false)
                                 .contiguous(kChannelsLast);
    const std::int64_t batch = input.size(0);
    std::vector<at::Tensor> results;
    for (const Output& output : outputs_) {
        auto shape = output.shape;
        shape[0] = batch;
        results.push_back(at::empty(shape, at::device(device_).dtype(at::kFloat)));
    }
    const std::int64_t step = device_.is_cpu() ? 1 : batch;
    for (std::int64_t first = 0; first < batch; first += step) {
        const auto part = run_once(input.narrow(0, first, step));
        for (std::size_t i = 0; i < results.size(); ++i) {
            results[i].narrow(0, first, step).copy_(part[i]);
        }
    }
    return results;
}

std::vector<NetworkOutput> AtenNetwork::compute(std::span<const float> nhwc_input,
                                                std::size_t count, const WantsLast&) const {
    const auto& shape = graph_.shapes[0];
    check_input(nhwc_input, count, graph_.name, shape);
    if (threads_ > 0) {
        at::set_num_threads(threads_);  // of the calling thread
    }
    const c10::InferenceMode inference;
    const at::Tensor input =
        at::from_blob(const_cast<float*>(nhwc_input.data()),  // LibTorch knows no const tensor
                      {static_cast<std::int64_t>(count), shape[1], shape[2], shape[3]}, at::kFloat)
            .permute({0, 3, 1, 2});
    std::vector<NetworkOutput> results;
    for (const at::Tensor& tensor : run(input)) {
        const at::Tensor values = tensor.cpu();
        const float* const numbers = values.const_data_ptr<float>();
        results.push_back({values.sizes().vec(), {numbers, numbers + values.numel()}});
    }
    return results;
}

std::vector<at::Tensor> Network::forward(const at::Tensor& nchw_input) const {
    const cv::Size size = input_size();
    if (nchw_input.dim() != 4 || nchw_input.scalar_type() != at::kFloat ||
        nchw_input.size(0) == 0 || nchw_input.size(2) != size.height ||
        nchw_input.size(3) != size.width) {
        compute({}, 1);  // throws
    }
    if (const auto* const aten = dynamic_cast<const AtenNetwork*>(this)) {
        return aten->run(nchw_input);
    }
    const at::Tensor input = nchw_input.cpu().permute({0, 2, 3, 1}).contiguous();
    std::vector<at::Tensor> results;
    for (const NetworkOutput& output :
         compute({input.const_data_ptr<float>(), static_cast<std::size_t>(input.numel())},
                 static_cast<std::size_t>(input.size(0)))) {
        results.push_back(
            at::from_blob(const_cast<float*>(output.numbers.data()), output.shape, at::kFloat)
                .clone());
    }
    return results;
}

std::shared_ptr<const Network> load_on_aten(NetworkGraph graph, const NetworkOptions& options) {
    const std::string name = graph.name;
    try {
        return std::make_shared<AtenNetwork>(std::move(graph), options);
    } catch (const c10::Error& error) {
        log::debug("{}", details_of(error));
        throw ModelError(fmt::format("{} cannot be loaded on {}: {}", name, options.device.str(),
                                     sentence_of(error)));
    }
}

cv::Size AtenNetwork::input_size() const {
    return {static_cast<int>(graph_.shapes[0][2]), static_cast<int>(graph_.shapes[0][1])};
}

}  // namespace closet
