#include "models/functional/try_on.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "models/functional/convolution.h"

namespace closet {
namespace {

constexpr double kSlope = 0.2;  // of every LeakyReLU

/// One of the two branches of geometric matching, without its normalization.
at::Tensor extract(const Tensors& weights, const std::string& branch, std::size_t layers,
                   at::Tensor x, Taps* taps) {
    for (std::size_t i = 0; i < layers; ++i) {
        const std::int64_t stride = i < 4 ? 2 : 1;
        x = conv2d(weights, fmt::format("{}.model.{}", branch, 3 * i), x,
                   {.stride = stride, .pad = 1})
                .relu();
        if (i + 1 < layers) {
            x = batch_norm(weights, fmt::format("{}.model.{}", branch, 3 * i + 2), x);
            keep(taps, fmt::format("{}_s{}", branch, i + 1), x);
        }
    }
    keep(taps, branch + "_feat", x);
    return x;
}

/// VITON-HD's code was rewritten for PyTorch's own normalization.
at::Tensor unit_length(const at::Tensor& x, bool is_viton_hd) {
    const at::Tensor squares = (x * x).sum(1, /*keepdim=*/true);
    return is_viton_hd ? x / squares.sqrt().clamp_min(1e-12) : x / (squares + 1e-6).sqrt();
}

/// ReLU, twice the size, convolution, normalization: the way up of a level of the U-Net.
at::Tensor up_step(const Tensors& weights, std::size_t level, const at::Tensor& x) {
    const at::Tensor large =
        at::upsample_bilinear2d(x.relu(), {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
    return instance_norm(conv2d(weights,
                                fmt::format("{}.{}", try_on_level(level), try_on_up_entry(level)),
                                large, {.pad = 1}));
}

}  // namespace

at::Tensor match_geometry(const Tensors& weights, const GeometricMatching& architecture,
                          const at::Tensor& person, const at::Tensor& garment, Taps* taps) {
    const std::size_t layers = architecture.features.size();
    const bool is_viton_hd = architecture.is_viton_hd();
    const at::Tensor a = unit_length(
        extract(weights, "extractionA", layers, channels_last(person), taps), is_viton_hd);
    const at::Tensor b = unit_length(
        extract(weights, "extractionB", layers, channels_last(garment), taps), is_viton_hd);
    keep(taps, "featureA_l2", a);
    keep(taps, "featureB_l2", b);
    // The person's places one below the other, column by column; the garment's as they are.
    const at::Tensor places = a.transpose(2, 3).flatten(2).transpose(1, 2);
    at::Tensor x = at::matmul(places, b.flatten(2)).view({a.size(0), -1, b.size(2), b.size(3)});
    keep(taps, "correlation", x);
    for (std::size_t i = 0; i < architecture.regression.size(); ++i) {
        const std::int64_t stride = i < 2 ? 2 : 1;
        x = conv2d(weights, fmt::format("regression.conv.{}", 3 * i), x,
                   {.stride = stride, .pad = 1});
        x = batch_norm(weights, fmt::format("regression.conv.{}", 3 * i + 1), x).relu();
    }
    keep(taps, "regression_conv", x);
    return linear(weights, "regression.linear", x.flatten(1)).tanh();
}

TriedOn try_on(const Tensors& weights, const at::Tensor& person, const at::Tensor& warped,
               Taps* taps) {
    constexpr Conv2d kDown{.stride = 2, .pad = 1};
    std::vector<at::Tensor> down{conv2d(weights, try_on_level(0) + ".0",
                                        channels_last(at::cat({person, warped}, 1)), kDown)};
    for (std::size_t level = 1; level < TryOnModule::kLevels; ++level) {
        const at::Tensor x =
            conv2d(weights, try_on_level(level) + ".1", at::leaky_relu(down.back(), kSlope), kDown);
        down.push_back(level + 1 < TryOnModule::kLevels ? instance_norm(x) : x);
    }
    at::Tensor x = down.back();
    for (std::size_t level = TryOnModule::kLevels; level-- > 0;) {
        x = up_step(weights, level, x);
        keep(taps, fmt::format("up{}", level + 1), x);
        keep(taps, fmt::format("down{}", level + 1), down[level]);
        if (level > 0) {
            x = at::cat({down[level - 1], x}, 1);
        }
    }
    keep(taps, "output", x);
    return {x.slice(1, 0, 3).tanh(), x.slice(1, 3).sigmoid()};
}

at::Tensor segment_try_on(const Tensors& weights, const at::Tensor& input, Taps* taps) {
    const auto normed = [](const at::Tensor& x) { return instance_norm(x).relu_(); };
    const auto layer = [&](const std::string& name, const at::Tensor& x) {
        return normed(conv2d(weights, name, x, {.pad = 1}));
    };
    const auto pair = [&](std::size_t block, const at::Tensor& x) {
        const std::string name = fmt::format("conv{}", block);
        const at::Tensor y = layer(name + ".3", layer(name + ".0", x));
        keep(taps, name, y);
        return y;
    };
    constexpr std::size_t kLevels = std::tuple_size_v<decltype(SegGenerator::widths)>;
    std::vector<at::Tensor> down{pair(1, channels_last(input))};
    for (std::size_t block = 2; block <= kLevels; ++block) {
        down.push_back(pair(block, at::max_pool2d(down.back(), {2, 2})));
    }
    at::Tensor x = down.back();
    for (std::size_t block = kLevels + 1; block < 2 * kLevels; ++block) {
        const at::Tensor up = normed(conv2d_of_twice(weights, fmt::format("up{}.1", block), x));
        keep(taps, fmt::format("up{}", block), up);
        x = pair(block, at::cat({down[2 * kLevels - 1 - block], up}, 1));
    }
    x = conv2d(weights, "conv9.6", x, {.pad = 1});
    keep(taps, "logit", x);
    return x.sigmoid();
}

}  // namespace closet
