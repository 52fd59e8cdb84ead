#include "models/functional/try_on.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace closet {
namespace {

constexpr double kSlope = 0.2;  // of every LeakyReLU

void keep(Taps* taps, const std::string& name, const at::Tensor& value) {
    if (taps != nullptr) {
        taps->insert_or_assign(name, value);
    }
}

/// Without parameters: mean 0 and variance 1 of each channel of each picture.
at::Tensor instance_norm(const at::Tensor& x) {
    return at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0,
                             /*eps=*/1e-5, /*cudnn_enabled=*/true);
}

at::Tensor twice_as_large(const at::Tensor& x) {
    return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

at::Tensor nearest(const at::Tensor& x, at::IntArrayRef size) {
    return x.sizes().slice(2) == size ? x : at::upsample_nearest2d(x, size);
}

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

/// The blocks of an ALIAS generator, with what all of them need.
struct AliasBlocks {
    const Tensors& weights;
    const AliasInput& input;
    const AliasNoise& noise;
    Taps* taps;
    at::Tensor divided{};  ///< N x 8: segments, the garment's without what is misaligned, and that

    at::Tensor spectral_conv(const std::string& name, const at::Tensor& x) const {
        const at::Tensor& weight = weights[name + ".weight_orig"];
        const at::Tensor sigma =
            weights[name + ".weight_u"].dot(weight.flatten(1).mv(weights[name + ".weight_v"]));
        const auto bias =
            weights.has(name + ".bias") ? std::optional(weights[name + ".bias"]) : std::nullopt;
        const std::int64_t pad = weight.size(-1) / 2;
        // Weights that a partial file lacks are all zero, and stay so.
        const bool is_empty = sigma.item<float>() == 0;
        return at::conv2d(x, is_empty ? weight : weight / sigma, bias, {1, 1}, {pad, pad});
    }

    /// What lies in a region (0..1) is normalized with the region's own mean and variance; 0
    /// elsewhere. In float64.
    static at::Tensor normalized_region(const at::Tensor& x, const at::Tensor& region) {
        at::Tensor size = region.sum({2, 3}, /*keepdim=*/true);
        size = size.masked_fill(size == 0, 1.0);
        const at::Tensor inside = x * region;
        const at::Tensor mean = inside.sum({2, 3}, true) / size;
        const double pixels = static_cast<double>(x.size(2) * x.size(3));
        return instance_norm(inside + (1 - region) * mean) * (size / pixels).sqrt();
    }

    at::Tensor normalized(const at::Tensor& x, const at::Tensor* misaligned) const {
        if (misaligned == nullptr) {
            return instance_norm(x);
        }
        const at::Tensor exact = x.to(at::kDouble);
        const at::Tensor region = misaligned->to(at::kDouble);
        return (normalized_region(exact, region) + normalized_region(exact, 1 - region))
            .to(x.scalar_type());
    }

    at::Tensor norm(const std::string& name, at::Tensor x, const at::Tensor& segments,
                    const at::Tensor* misaligned) const {
        if (const at::Tensor added = noise(name, {x.size(0), 1, x.size(2), x.size(3)});
            added.defined()) {
            x = x + added * weights[name + ".noise_scale"].view({1, -1, 1, 1});
        }
        const at::Tensor shared =
            conv2d(weights, name + ".conv_shared.0", segments, {.pad = 1}).relu_();
        // In place: at full size each of these is a quarter of a gigabyte.
        at::Tensor y = normalized(x, misaligned);
        y.mul_(conv2d(weights, name + ".conv_gamma", shared, {.pad = 1}).add_(1));
        y.add_(conv2d(weights, name + ".conv_beta", shared, {.pad = 1}));
        keep(taps, name, y);
        return y;
    }

    /// In place where nobody keeps what was before.
    at::Tensor activated(at::Tensor x) const {
        return taps != nullptr ? at::leaky_relu(x, kSlope) : at::leaky_relu_(x, kSlope);
    }

    at::Tensor operator()(const AliasGenerator::Block& block, const at::Tensor& x) const {
        const std::string name(block.name);
        const auto size = x.sizes().slice(2);
        const at::Tensor segments = nearest(block.is_masked ? divided : input.segments, size);
        const at::Tensor region = nearest(input.misaligned, size);
        const at::Tensor* const misaligned = block.is_masked ? &region : nullptr;
        const at::Tensor beside =
            block.in == block.out
                ? x
                : spectral_conv(name + ".conv_s", norm(name + ".norm_s", x, segments, misaligned));
        at::Tensor y = spectral_conv(name + ".conv_0",
                                     activated(norm(name + ".norm_0", x, segments, misaligned)));
        y = spectral_conv(name + ".conv_1",
                          activated(norm(name + ".norm_1", y, segments, misaligned)));
        y.add_(beside);
        keep(taps, name, y);
        return y;
    }
};

}  // namespace

at::Tensor match_geometry(const Tensors& weights, const GeometricMatching& architecture,
                          const at::Tensor& person, const at::Tensor& garment, Taps* taps) {
    const std::size_t layers = architecture.features.size();
    const bool is_viton_hd = architecture.is_viton_hd();
    const at::Tensor a =
        unit_length(extract(weights, "extractionA", layers, person, taps), is_viton_hd);
    const at::Tensor b =
        unit_length(extract(weights, "extractionB", layers, garment, taps), is_viton_hd);
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
    std::vector<at::Tensor> down{
        conv2d(weights, try_on_level(0) + ".0", at::cat({person, warped}, 1), kDown)};
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
    const auto layer = [&](const std::string& name, const at::Tensor& x) {
        return instance_norm(conv2d(weights, name, x, {.pad = 1})).relu();
    };
    const auto pair = [&](std::size_t block, const at::Tensor& x) {
        const std::string name = fmt::format("conv{}", block);
        const at::Tensor y = layer(name + ".3", layer(name + ".0", x));
        keep(taps, name, y);
        return y;
    };
    constexpr std::size_t kLevels = std::tuple_size_v<decltype(SegGenerator::widths)>;
    std::vector<at::Tensor> down{pair(1, input)};
    for (std::size_t block = 2; block <= kLevels; ++block) {
        down.push_back(pair(block, at::max_pool2d(down.back(), {2, 2})));
    }
    at::Tensor x = down.back();
    for (std::size_t block = kLevels + 1; block < 2 * kLevels; ++block) {
        const at::Tensor up = layer(fmt::format("up{}.1", block), twice_as_large(x));
        keep(taps, fmt::format("up{}", block), up);
        x = pair(block, at::cat({down[2 * kLevels - 1 - block], up}, 1));
    }
    x = conv2d(weights, "conv9.6", x, {.pad = 1});
    keep(taps, "logit", x);
    return x.sigmoid();
}

at::Tensor generate_alias(const Tensors& weights, const AliasGenerator& architecture,
                          const AliasInput& input, const AliasNoise& noise, Taps* taps) {
    constexpr std::int64_t kGarment = 2;  // the segment that what is misaligned is taken from
    AliasBlocks run{weights, input, noise, taps};
    run.divided = at::cat({input.segments, input.misaligned}, 1);
    run.divided.select(1, kGarment).sub_(input.misaligned.select(1, 0));
    const auto blocks = architecture.blocks();
    at::Tensor x;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto side = [&](std::int64_t whole) {
            return (whole / AliasGenerator::kMultiple) << i;
        };
        const at::Tensor small =
            nearest(input.picture, {side(input.picture.size(2)), side(input.picture.size(3))});
        const at::Tensor seen = conv2d(weights, fmt::format("conv_{}", i), small, {.pad = 1});
        x = run(blocks.at(i), i == 0 ? seen : at::cat({twice_as_large(x), seen}, 1));
    }
    return conv2d(weights, "conv_img", at::leaky_relu(x, kSlope), {.pad = 1}).tanh();
}

}  // namespace closet
