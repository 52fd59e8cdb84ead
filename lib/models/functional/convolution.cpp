#include "models/functional/convolution.h"

#include <algorithm>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/cpu.h"
#include "models/nhwc/lone_conv.h"

namespace closet {
namespace {

std::int64_t pad_of(const Conv2d& window, const at::Tensor& filter) {
    return window.pad == Conv2d::kSame ? filter.size(-1) / 2 : window.pad;
}

ConvNode node_of(const Filters& filters, const Conv2d& window) {
    const at::Tensor weight =
        filters.weight.to(at::kFloat).permute({0, 2, 3, 1}).contiguous();  // out x kh x kw x in
    const auto numbers = [](const at::Tensor& tensor) {
        const float* const first = tensor.const_data_ptr<float>();
        return std::vector<float>(first, first + tensor.numel());
    };
    ConvNode node;
    node.window = KernelWindow::square(weight.size(1), window.stride,
                                       pad_of(window, filters.weight), window.dilation);
    node.window.kernel_w = weight.size(2);
    node.weights = numbers(weight);
    node.bias = filters.bias ? numbers(filters.bias->to(at::kFloat).contiguous())
                             : std::vector<float>(static_cast<std::size_t>(weight.size(0)));
    return node;
}

at::Tensor run(const LoneConv& conv, const at::Tensor& x) {
    const LoneConv::Size size{x.size(2), x.size(3)};
    const LoneConv::Size result = conv.result_size(size);
    at::Tensor y = at::empty({x.size(0), conv.out_channels(), result.height, result.width},
                             x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const float* const in = x.const_data_ptr<float>();
    float* const out = y.mutable_data_ptr<float>();
    const std::int64_t from = x.numel() / x.size(0), to = y.numel() / y.size(0);
    for (std::int64_t i = 0; i < x.size(0); ++i) {
        at::parallel_for(0, result.height, std::min(conv.rows_at_once(size), result.height),
                         [&](std::int64_t first, std::int64_t end) {
                             conv.run(in + i * from, size, out + i * to, first, end);
                         });
    }
    return y;
}

bool is_packed(const Tensors& weights, const Conv2d& window) {
    return weights.packed() != nullptr && window.groups == 1;
}

}  // namespace

at::Tensor filter_of(const Tensors& weights, const std::string& key, const Conv2d& window) {
    return is_packed(weights, window) ? weights.take(key) : weights[key];
}

std::shared_ptr<PackedConvs> make_packed_convs(c10::Device device, at::ScalarType type) {
    const bool serves = device.is_cpu() && type == at::kFloat && cpu_path() != CpuPath::kGeneric;
    return serves ? std::make_shared<PackedConvs>() : nullptr;
}

const LoneConv& PackedConvs::get(const std::string& name, const Conv2d& window, std::int64_t width,
                                 const std::function<Filters()>& filters) {
    const std::lock_guard lock(mutex_);
    auto& packed = packed_[name];
    if (!packed) {
        packed =
            std::make_unique<const LoneConv>(node_of(filters(), window), *nhwc_kernels(), width);
    }
    return *packed;
}

bool PackedConvs::has(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return packed_.contains(name);
}

std::optional<at::Tensor> packed_linear(PackedConvs& packed, const std::string& key,
                                        const at::Tensor& x,
                                        const std::function<Filters()>& filters) {
    constexpr std::int64_t kFewRows = 16, kRowsAtOnce = 24;
    const std::int64_t columns = x.size(-1), rows = x.numel() / columns;
    if (rows < kFewRows && !packed.has(key)) {
        return std::nullopt;
    }
    // A convolution of single pixels, each row of numbers one of them.
    const LoneConv& conv = packed.get(key, {}, rows, [&]() -> Filters {
        const auto [weight, bias] = filters();
        return {weight.unsqueeze(-1).unsqueeze(-1), bias};
    });
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = conv.out_channels();
    const at::Tensor dense = x.contiguous();
    at::Tensor y = at::empty(shape, x.options());
    const float* const in = dense.const_data_ptr<float>();
    float* const out = y.mutable_data_ptr<float>();
    at::parallel_for(0, rows, kRowsAtOnce, [&](std::int64_t first, std::int64_t end) {
        conv.run(in + first * columns, {1, end - first}, out + first * conv.out_channels(), 0, 1);
    });
    return y;
}

at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window) {
    return conv2d(weights, name, x, window, [&]() -> Filters {
        return {filter_of(weights, name + ".weight", window), weights.find(name + ".bias")};
    });
}

at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window, const std::function<Filters()>& filters) {
    if (is_packed(weights, window)) {
        const std::int64_t width = x.size(3) / window.stride;  // nearly
        return run(weights.packed()->get(name, window, width, filters), channels_last(x));
    }
    const auto [weight, bias] = filters();
    const std::int64_t pad = pad_of(window, weight);
    return at::conv2d(x, weight, bias, {window.stride, window.stride}, {pad, pad},
                      {window.dilation, window.dilation}, window.groups);
}

at::Tensor conv2d_of_twice(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    // Of three taps in a row an even pixel's last two, and an odd one's first two, see one pixel of
    // x: filters of two taps for each, [tap, even or odd].
    const auto folded = [](const at::Tensor& filter, std::int64_t axis, bool odd) {
        const auto tap = [&](std::int64_t i) { return filter.select(axis, i); };
        return odd ? at::stack({tap(0) + tap(1), tap(2)}, axis)
                   : at::stack({tap(0), tap(1) + tap(2)}, axis);
    };
    constexpr Conv2d kWindow{.pad = 1};
    const auto filters = [&]() -> Filters {
        const at::Tensor filter = filter_of(weights, name + ".weight", kWindow);
        std::vector<at::Tensor> parts;
        for (const bool odd_row : {false, true}) {
            for (const bool odd_column : {false, true}) {
                parts.push_back(folded(folded(filter, 2, odd_row), 3, odd_column));
            }
        }
        const std::optional<at::Tensor> bias = weights.find(name + ".bias");
        return {at::cat(parts), bias ? std::optional(bias->repeat(4)) : std::nullopt};
    };
    const at::Tensor all = conv2d(weights, name, x, kWindow, filters);
    const std::int64_t channels = all.size(1) / 4, rows = x.size(2), columns = x.size(3);
    at::Tensor y = at::empty({x.size(0), channels, 2 * rows, 2 * columns},
                             x.options().memory_format(x.suggest_memory_format()));
    for (std::int64_t part = 0; part < 4; ++part) {
        const std::int64_t odd_row = part / 2, odd_column = part % 2;
        y.slice(2, odd_row, std::nullopt, 2)
            .slice(3, odd_column, std::nullopt, 2)
            .copy_(all.narrow(1, part * channels, channels)
                       .narrow(2, odd_row, rows)
                       .narrow(3, odd_column, columns));
    }
    return y;
}

}  // namespace closet
