#include "models/functional/gfpgan.h"

#include <cmath>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/error.h"
#include "models/functional/convolution.h"

namespace closet {
namespace {

constexpr double kFaceSlope = 0.2;             ///< of LeakyReLU
constexpr double kDemodulationEpsilon = 1e-8;  ///< of demodulation
const std::string kFaceGenerator = "stylegan_decoder.";

at::Tensor doubled_face(const at::Tensor& x) {
    return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

/// Bilinear sampling to half the size, which is the mean of four pixels.
at::Tensor halved_face(const at::Tensor& x) {
    return at::avg_pool2d(x, {2, 2});
}

/// A convolution that keeps the size.
at::Tensor face_conv(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    return conv2d(weights, name, x, {.pad = Conv2d::kSame});
}

at::Tensor leaky_face_conv(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    at::Tensor y = face_conv(weights, name, x);
    return at::leaky_relu_(y, kFaceSlope);
}

at::Tensor face_block_down(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    const at::Tensor inner = halved_face(leaky_face_conv(weights, name + ".conv1", x));
    return leaky_face_conv(weights, name + ".conv2", inner)
        .add_(face_conv(weights, name + ".skip", halved_face(x)));
}

/// The skip's convolution, of single pixels and without bias, changes places with the resizing.
at::Tensor face_block_up(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    const at::Tensor inner = doubled_face(leaky_face_conv(weights, name + ".conv1", x));
    return leaky_face_conv(weights, name + ".conv2", inner)
        .add_(doubled_face(face_conv(weights, name + ".skip", x)));
}

at::Tensor face_condition(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    return face_conv(weights, name + ".2", leaky_face_conv(weights, name + ".0", x));
}

std::string nth_module(const std::string& list, std::size_t index) {
    return fmt::format("{}.{}", list, index);
}

}  // namespace

Gfpgan::Gfpgan(const GfpganArchitecture& architecture, Tensors weights)
    : architecture_(architecture), weights_(std::move(weights)) {
    const c10::InferenceMode no_gradients;
    const auto add = [&](const std::string& name) {
        squares_[name] = weights_[name + ".modulated_conv.weight"][0].square().sum({2, 3});
    };
    add(kFaceGenerator + "style_conv1");
    for (std::size_t i = 0; i < 2 * architecture_.levels(); ++i) {
        add(nth_module(kFaceGenerator + "style_convs", i));
    }
}

/// Scaling the filters by input channel and by output channel, as StyleGAN2 does, is scaling the
/// input and the output: so the filters stay as they are for every face.
at::Tensor Gfpgan::modulated(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                             bool demodulates) const {
    const std::string key = name + ".modulated_conv";
    const at::Tensor scale = linear(weights_, key + ".modulation", latent);
    constexpr Conv2d kWindow{.pad = Conv2d::kSame};
    at::Tensor y = conv2d(weights_, key, x * scale.view({1, -1, 1, 1}), kWindow, [&]() -> Filters {
        return {filter_of(weights_, key + ".weight", kWindow)[0]};
    });
    if (demodulates) {
        const at::Tensor sums = at::matmul(scale.square(), squares_.at(name).t());
        y.mul_((sums + kDemodulationEpsilon).rsqrt_().mul_(std::sqrt(2.0)).view({1, -1, 1, 1}));
    }
    return y;
}

at::Tensor Gfpgan::styled(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                          std::size_t noise) const {
    at::Tensor y = modulated(name, x, latent, true);
    y.add_(weights_[fmt::format("{}noises.noise{}", kFaceGenerator, noise)] *
           weights_[name + ".weight"]);
    return at::leaky_relu_(y.add_(weights_[name + ".bias"]), kFaceSlope);
}

at::Tensor Gfpgan::to_rgb(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                          const at::Tensor& below) const {
    at::Tensor y = modulated(name, x, latent, false).add_(weights_[name + ".bias"]);
    return below.defined() ? y.add_(doubled_face(below)) : y;
}

at::Tensor Gfpgan::forward_one(const at::Tensor& rgb, const Tap& tap) const {
    const std::size_t levels = architecture_.levels();
    const auto tell = [&](const std::string& name, const at::Tensor& value) {
        if (tap) {
            tap(name, value);
        }
    };
    at::Tensor x = leaky_face_conv(weights_, "conv_body_first", channels_last(rgb));
    std::vector<at::Tensor> skips;
    for (std::size_t i = 0; i < levels; ++i) {
        x = face_block_down(weights_, nth_module("conv_body_down", i), x);
        skips.push_back(x);
        tell(fmt::format("down{}", i), x);
    }
    x = leaky_face_conv(weights_, "final_conv", x);
    const at::Tensor style = linear(weights_, "final_linear", x.flatten(1));
    tell("style", style);
    const at::Tensor latents = style.view({architecture_.latents(), architecture_.style});
    const auto latent = [&](std::size_t i) {
        return latents.narrow(0, static_cast<std::int64_t>(i), 1);
    };

    at::Tensor y = channels_last(weights_[kFaceGenerator + "constant_input.weight"]);
    y = styled(kFaceGenerator + "style_conv1", y, latent(0), 0);
    tell("style_conv1", y);
    at::Tensor picture = to_rgb(kFaceGenerator + "to_rgb1", y, latent(1), {});
    tell("to_rgb1", picture);
    for (std::size_t i = 0; i < levels; ++i) {
        x = face_block_up(weights_, nth_module("conv_body_up", i), x + skips[levels - 1 - i]);
        tell(fmt::format("up{}", i), x);
        if (tap) {  // pictures for training
            tell(fmt::format("rgb{}", i), face_conv(weights_, nth_module("toRGB", i), x));
        }
        const at::Tensor scale = face_condition(weights_, nth_module("condition_scale", i), x);
        const at::Tensor shift = face_condition(weights_, nth_module("condition_shift", i), x);
        tell(fmt::format("scale{}", i), scale);
        tell(fmt::format("shift{}", i), shift);
        y = styled(nth_module(kFaceGenerator + "style_convs", 2 * i), doubled_face(y),
                   latent(2 * i + 1), 2 * i + 1);
        if (tap) {  // with a copy, since it is changed now
            tell(fmt::format("style_convs{}", 2 * i), y.clone());
        }
        // The U-Net steers the second half of the channels.
        y.narrow(1, y.size(1) / 2, y.size(1) / 2).mul_(scale).add_(shift);
        y = styled(nth_module(kFaceGenerator + "style_convs", 2 * i + 1), y, latent(2 * i + 2),
                   2 * i + 2);
        tell(fmt::format("style_convs{}", 2 * i + 1), y);
        picture = to_rgb(nth_module(kFaceGenerator + "to_rgbs", i), y, latent(2 * i + 3), picture);
        tell(fmt::format("to_rgbs{}", i), picture);
    }
    return picture;
}

at::Tensor Gfpgan::forward(const at::Tensor& rgb, const Tap& tap) const {
    const std::int64_t side = architecture_.side();
    if (rgb.dim() != 4 || rgb.size(0) < 1 || rgb.size(1) != 3 || rgb.size(2) != side ||
        rgb.size(3) != side || rgb.scalar_type() != at::kFloat) {
        throw ModelError(fmt::format("GFPGAN takes float32 pictures of 3 x {} x {}", side, side));
    }
    const c10::InferenceMode no_gradients;
    std::vector<at::Tensor> faces;
    for (const at::Tensor& one : rgb.to(weights_.device()).split(1)) {
        faces.push_back(forward_one(one, tap));
    }
    return faces.size() == 1 ? faces.front() : at::cat(faces);
}

Gfpgan load_gfpgan(const Checkpoint& checkpoint, const LoadOptions& options, c10::Device device) {
    const GfpganArchitecture found = recognize_as(checkpoint, "GFPGAN", recognize_gfpgan);
    return Gfpgan(found, Tensors(load_weights(describe(found), StateDict(checkpoint.tensors()),
                                              checkpoint.path().string(), options.allow_partial),
                                 device, at::kFloat, Convolutions::kOwn));
}

}  // namespace closet
