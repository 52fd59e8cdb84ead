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

Tensors::Tensors(LoadedWeights loaded, c10::Device device, at::ScalarType type)
    : device_(device), type_(type) {
    for (auto& [spec, values] : loaded.tensors) {
        // The tensor keeps the numbers, where they need not be converted or sent elsewhere.
        const auto kept = std::make_shared<std::vector<float>>(std::move(values));
        const at::Tensor numbers = at::from_blob(
            kept->data(), spec.shape, [kept](void*) {}, at::kFloat);
        tensors_.emplace(spec.key, numbers.to(device, type));
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
