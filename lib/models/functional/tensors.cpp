#include "models/functional/tensors.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

namespace closet {
namespace {

std::optional<at::Tensor> bias_of(const Tensors& weights, const std::string& name) {
    const std::string key = name + ".bias";
    return weights.has(key) ? std::optional(weights[key]) : std::nullopt;
}

}  // namespace

Tensors::Tensors(LoadedWeights loaded, c10::Device device, at::ScalarType type,
                 at::MemoryFormat format)
    : device_(device), type_(type) {
    for (auto& [spec, values] : loaded.tensors) {
        // The tensor keeps the numbers, where they need not be converted or sent elsewhere.
        const auto kept = std::make_shared<std::vector<float>>(std::move(values));
        const at::Tensor numbers = at::from_blob(
            kept->data(), spec.shape, [kept](void*) {}, at::kFloat);
        const bool is_filter = numbers.dim() == 4;
        tensors_.emplace(
            spec.key,
            numbers.to(device, type).contiguous(is_filter ? format : at::MemoryFormat::Contiguous));
    }
}

at::Tensor linear(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    return at::linear(x, weights[name + ".weight"], bias_of(weights, name));
}

at::Tensor layer_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon) {
    return at::layer_norm(x, {x.size(-1)}, weights[name + ".weight"], weights[name + ".bias"],
                          epsilon);
}

at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window) {
    return at::conv2d(x, weights[name + ".weight"], bias_of(weights, name),
                      {window.stride, window.stride}, {window.pad, window.pad},
                      {window.dilation, window.dilation}, window.groups);
}

at::Tensor batch_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon) {
    return at::batch_norm(x, weights[name + ".weight"], weights[name + ".bias"],
                          weights[name + ".running_mean"], weights[name + ".running_var"],
                          /*training=*/false, /*momentum=*/0, epsilon, /*cudnn_enabled=*/true);
}

at::Tensor instance_norm(const at::Tensor& x) {
    constexpr double kEpsilon = 1e-5;
    if (x.suggest_memory_format() != at::MemoryFormat::ChannelsLast) {
        return at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0,
                                 kEpsilon, /*cudnn_enabled=*/true);
    }
    const auto [variance, mean] = at::var_mean(x, {2, 3}, /*unbiased=*/false, /*keepdim=*/true);
    const at::Tensor scale = (variance + kEpsilon).rsqrt();
    return at::addcmul(-mean * scale, x, scale);
}

at::Tensor channels_last(const at::Tensor& x) {
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor twice_as_large(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

at::Tensor conv2d_of_twice(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    // Of three taps in a row an even pixel's last two, and an odd one's first two, see one pixel of
    // x: filters of two taps for each, [tap, even or odd].
    const auto folded = [](const at::Tensor& filter, std::int64_t axis, bool odd) {
        const auto tap = [&](std::int64_t i) { return filter.select(axis, i); };
        return odd ? at::stack({tap(0) + tap(1), tap(2)}, axis)
                   : at::stack({tap(0), tap(1) + tap(2)}, axis);
    };
    const at::Tensor& filter = weights[name + ".weight"];
    std::vector<at::Tensor> filters;
    for (const bool odd_row : {false, true}) {
        for (const bool odd_column : {false, true}) {
            filters.push_back(folded(folded(filter, 2, odd_row), 3, odd_column));
        }
    }
    const at::Tensor all = at::conv2d(x, at::cat(filters), {}, {1, 1}, {1, 1});
    const std::int64_t channels = filter.size(0), rows = x.size(2), columns = x.size(3);
    at::Tensor y = at::empty({x.size(0), channels, 2 * rows, 2 * columns}, x.options());
    for (std::int64_t part = 0; part < 4; ++part) {
        const std::int64_t odd_row = part / 2, odd_column = part % 2;
        y.slice(2, odd_row, std::nullopt, 2)
            .slice(3, odd_column, std::nullopt, 2)
            .copy_(all.narrow(1, part * channels, channels)
                       .narrow(2, odd_row, rows)
                       .narrow(3, odd_column, columns));
    }
    const auto bias = bias_of(weights, name);
    return bias ? y.add_(bias->view({1, -1, 1, 1})) : y;
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t heads, bool causal) {
    const auto split = [&](const at::Tensor& x) {
        return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(2) / heads));
    at::Tensor scores = at::matmul(split(q), split(k).transpose(2, 3)) * scale;
    if (causal) {
        const at::Tensor later =
            at::ones({q.size(1), k.size(1)}, q.options().dtype(at::kBool)).triu(1);
        scores = scores.masked_fill(later, -std::numeric_limits<float>::infinity());
    }
    return at::matmul(scores.softmax(-1), split(v)).transpose(1, 2).reshape(q.sizes());
}

}  // namespace closet
