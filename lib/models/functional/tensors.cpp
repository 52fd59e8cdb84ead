#include "models/functional/tensors.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "models/functional/convolution.h"
#include "models/nhwc/normalize.h"

namespace closet {

Tensors::Tensors(LoadedWeights loaded, c10::Device device, at::ScalarType type,
                 Convolutions convolutions)
    : device_(device),
      type_(type),
      packed_(convolutions == Convolutions::kOwn ? make_packed_convs(device, type) : nullptr) {
    const at::MemoryFormat format = convolutions == Convolutions::kOwn
                                        ? at::MemoryFormat::ChannelsLast
                                        : at::MemoryFormat::Contiguous;
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

std::optional<at::Tensor> Tensors::find(const std::string& key) const {
    const auto found = tensors_.find(key);
    return found == tensors_.end() ? std::nullopt : std::optional(found->second);
}

at::Tensor linear(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    return linear(weights, name + ".weight", name + ".bias", x);
}

at::Tensor linear(const Tensors& weights, const std::string& weight, const std::string& bias,
                  const at::Tensor& x) {
    if (weights.packed() != nullptr) {
        const std::optional<at::Tensor> y =
            packed_linear(*weights.packed(), weight, x, [&]() -> Filters {
                return {weights.take(weight), weights.find(bias)};
            });
        if (y) {
            return *y;
        }
    }
    return at::linear(x, weights[weight], weights.find(bias));
}

at::Tensor layer_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon) {
    return at::layer_norm(x, {x.size(-1)}, weights[name + ".weight"], weights[name + ".bias"],
                          epsilon);
}

at::Tensor batch_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon) {
    return at::batch_norm(x, weights[name + ".weight"], weights[name + ".bias"],
                          weights[name + ".running_mean"], weights[name + ".running_var"],
                          /*training=*/false, /*momentum=*/0, epsilon, /*cudnn_enabled=*/true);
}

at::Tensor instance_norm(const at::Tensor& x) {
    constexpr double kEpsilon = 1e-5;
    if (x.suggest_memory_format() != at::MemoryFormat::ChannelsLast || !x.device().is_cpu() ||
        x.scalar_type() != at::kFloat) {
        return at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0,
                                 kEpsilon, /*cudnn_enabled=*/true);
    }
    // LibTorch's would first lay the channels apart.
    const at::Tensor dense = channels_last(x);
    at::Tensor y = at::empty_like(dense);
    const std::int64_t numbers = x.size(1) * x.size(2) * x.size(3);
    for (std::int64_t i = 0; i < x.size(0); ++i) {
        normalize_channels(dense.const_data_ptr<float>() + i * numbers,
                           y.mutable_data_ptr<float>() + i * numbers,
                           static_cast<std::size_t>(x.size(2) * x.size(3)),
                           static_cast<std::size_t>(x.size(1)), kEpsilon);
    }
    return y;
}

at::Tensor channels_last(const at::Tensor& x) {
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor twice_as_large(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
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
