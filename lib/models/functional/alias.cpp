#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "models/functional/convolution.h"
#include "models/functional/try_on.h"

namespace closet {
namespace {

constexpr double kAliasSlope = 0.2;  // of every LeakyReLU

at::Tensor nearest(const at::Tensor& x, at::IntArrayRef size) {
    return x.sizes().slice(2) == size ? x : at::upsample_nearest2d(x, size);
}

/// Maps of segments, and what a normalization makes of them: two convolutions of 3 x 3 with a ReLU
/// between, so that a pixel's factor and summand follow from the 5 x 5 pixels of the maps around
/// it. Most of a person's maps are the same in all of these 25, being 0 or 1 and one of a few
/// kinds: there it is enough to work out each kind once. In VITON-HD these convolutions are six of
/// seven operations of a block.
class SegmentPatches {
  public:
    /// `maps`: N x S x H x W.
    explicit SegmentPatches(at::Tensor maps) : maps_(std::move(maps)) {
        constexpr std::int64_t kLeastSide = 32;  // pixels; below it nearly all are at a border
        if (maps_.size(2) >= kLeastSide && maps_.size(3) >= kLeastSide) {
            find_kinds();
        }
    }

    /// y := y (1 + factor) + summand, y being N x C x H x W.
    void modulate(const Tensors& weights, const std::string& name, at::Tensor& y) const {
        if (!patches_.defined()) {
            // The filters stay: `of_patches` wants them at other sizes.
            const auto conv = [&](const char* layer, const at::Tensor& x) {
                return conv2d(weights, name + layer, x, {.pad = 1}, [&]() -> Filters {
                    return {weights[name + layer + ".weight"], weights[name + layer + ".bias"]};
                });
            };
            const at::Tensor shared = conv(".conv_shared.0", maps_).relu_();
            y.mul_(conv(".conv_gamma", shared).add_(1));
            y.add_(conv(".conv_beta", shared));
            return;
        }
        const std::int64_t channels = y.size(1);
        const at::Tensor table = of_patches(weights, name);
        const auto spread = [&](std::int64_t from, std::int64_t picture) {
            return table.slice(0, from, from + channels)
                .index_select(1, places_[picture])
                .view({channels, y.size(2), y.size(3)});
        };
        for (std::int64_t i = 0; i < y.size(0); ++i) {
            y[i].mul_(spread(0, i).add_(1)).add_(spread(channels, i));
        }
    }

  private:
    /// Pixels on each side of one on which its factor depends.
    static constexpr std::int64_t kReach = 2, kAcross = 2 * kReach + 1;
    static constexpr std::int64_t kKernel = 3;
    /// Where more pixels than this share lie at borders, convolutions are as fast.
    static constexpr double kMostBorder = 0.4;

    /// Windows of `across` x `across` around the pixels `at` (picture, row, column), K x S x across
    /// x across, with zeros outside.
    static at::Tensor windows(const at::Tensor& maps, std::int64_t across,
                              const std::vector<at::Tensor>& at) {
        const std::int64_t pad = across / 2;
        const at::Tensor views = at::constant_pad_nd(maps, {pad, pad, pad, pad})
                                     .unfold(2, across, 1)
                                     .unfold(3, across, 1)
                                     .permute({0, 2, 3, 1, 4, 5});
        return views.index({at[0], at[1], at[2]});
    }

    void find_kinds() {
        const std::int64_t segments = maps_.size(1);
        const std::int64_t kinds = std::int64_t{1} << segments;
        const at::Tensor bits = at::arange(segments, maps_.options().dtype(at::kLong));
        const at::Tensor powers = at::bitwise_left_shift(at::ones_like(bits), bits)
                                      .to(maps_.options())
                                      .view({1, -1, 1, 1});
        // NaN, which equals nothing, where a pixel is partly of a segment.
        const at::Tensor is_partly = ((maps_ != 0) & (maps_ != 1)).any(1, /*keepdim=*/true);
        const at::Tensor kind =
            (maps_ * powers).sum(1, /*keepdim=*/true).masked_fill_(is_partly, std::nan(""));
        const at::Tensor is_inner = at::constant_pad_nd(
            at::max_pool2d(kind, kAcross, 1) == -at::max_pool2d(-kind, kAcross, 1),
            {kReach, kReach, kReach, kReach}, false);
        const at::Tensor border = is_inner.logical_not().squeeze(1).nonzero();
        const std::int64_t count = border.size(0);
        if (static_cast<double>(count) > kMostBorder * static_cast<double>(kind.numel())) {
            return;
        }
        const at::Tensor inner_kinds = kind.masked_select(is_inner).to(at::kLong);
        const at::Tensor found = at::bincount(inner_kinds, {}, kinds).nonzero().squeeze(1);
        const std::int64_t known = found.size(0);
        at::Tensor rows = at::zeros({kinds}, found.options());
        rows.index_put_({found}, at::arange(known, found.options()));
        places_ = at::empty({kind.numel()}, found.options());
        places_.masked_scatter_(is_inner.flatten(), rows.index_select(0, inner_kinds));
        places_.masked_scatter_(is_inner.flatten().logical_not(),
                                at::arange(known, known + count, found.options()));
        places_ = places_.view({kind.size(0), -1});
        const at::Tensor uniform = at::bitwise_right_shift(found.unsqueeze(1), bits)
                                       .bitwise_and(1)
                                       .to(maps_.options())
                                       .view({known, segments, 1, 1})
                                       .expand({known, segments, kAcross, kAcross});
        const std::vector<at::Tensor> at = border.unbind(1);
        patches_ = at::cat({uniform, windows(maps_, kAcross, at)});
        const at::Tensor inside = at::ones_like(kind);
        inside_ = at::cat({at::ones({known, 1, kKernel, kKernel}, inside.options()),
                           windows(inside, kKernel, at)});
    }

    /// Factors, then summands, of each patch: 2 C x patches.
    at::Tensor of_patches(const Tensors& weights, const std::string& name) const {
        constexpr std::int64_t kChunk = 4096;  // patches at a time, which fit a cache
        const auto matrix = [&](const std::string& layer) {
            // Pixels outermost, as the values between the convolutions lie.
            return weights[name + layer + ".weight"].permute({0, 2, 3, 1}).flatten(1);
        };
        const at::Tensor first = weights[name + ".conv_shared.0.weight"].flatten(1);
        const at::Tensor second = at::cat({matrix(".conv_gamma"), matrix(".conv_beta")});
        const at::Tensor bias =
            at::cat({weights[name + ".conv_gamma.bias"], weights[name + ".conv_beta.bias"]});
        std::vector<at::Tensor> parts;
        for (std::int64_t from = 0; from < patches_.size(0); from += kChunk) {
            const std::int64_t to = std::min(from + kChunk, patches_.size(0));
            const at::Tensor columns = patches_.slice(0, from, to)
                                           .unfold(2, kKernel, 1)
                                           .unfold(3, kKernel, 1)
                                           .permute({0, 2, 3, 1, 4, 5})
                                           .reshape({(to - from) * kKernel * kKernel, -1});
            at::Tensor shared =
                at::linear(columns, first, weights[name + ".conv_shared.0.bias"]).relu_();
            // The second convolution has zeros outside of the picture.
            shared.mul_(inside_.slice(0, from, to).reshape({-1, 1}));
            parts.push_back(at::linear(shared.view({to - from, -1}), second, bias));
        }
        return at::cat(parts).t().contiguous();
    }

    at::Tensor maps_;
    // Undefined where each pixel is to be worked out by itself.
    at::Tensor patches_;  ///< the kinds' and those of pixels at borders, P x S x 5 x 5
    at::Tensor inside_;   ///< P x 1 x 3 x 3: 1 where the middle of a patch is in the picture
    at::Tensor places_;   ///< N x (H W): each pixel's patch
};

/// The blocks of an ALIAS generator, with what all of them need.
struct AliasBlocks {
    const Tensors& weights;
    const AliasInput& input;
    const AliasNoise& noise;
    Taps* taps;
    at::Tensor divided{};  ///< N x 8: segments, the garment's without what is misaligned, and that

    at::Tensor spectral_conv(const std::string& name, const at::Tensor& x) const {
        constexpr Conv2d kWindow{.pad = Conv2d::kSame};
        return conv2d(weights, name, x, kWindow, [&]() -> Filters {
            const at::Tensor weight = filter_of(weights, name + ".weight_orig", kWindow);
            const at::Tensor sigma =
                weights[name + ".weight_u"].dot(weight.flatten(1).mv(weights[name + ".weight_v"]));
            // Weights that a partial file lacks are all zero, and stay so.
            const bool is_empty = sigma.item<float>() == 0;
            return {is_empty ? weight : weight / sigma, weights.find(name + ".bias")};
        });
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

    at::Tensor norm(const std::string& name, at::Tensor x, const SegmentPatches& segments,
                    const at::Tensor* misaligned) const {
        if (const at::Tensor added = noise(name, {x.size(0), 1, x.size(2), x.size(3)});
            added.defined()) {
            x = x + added * weights[name + ".noise_scale"].view({1, -1, 1, 1});
        }
        // In place: at full size each of these is a quarter of a gigabyte.
        at::Tensor y = normalized(x, misaligned);
        segments.modulate(weights, name, y);
        keep(taps, name, y);
        return y;
    }

    /// In place where nobody keeps what was before.
    at::Tensor activated(at::Tensor x) const {
        return taps != nullptr ? at::leaky_relu(x, kAliasSlope) : at::leaky_relu_(x, kAliasSlope);
    }

    at::Tensor operator()(const AliasGenerator::Block& block, const at::Tensor& x) const {
        const std::string name(block.name);
        const auto size = x.sizes().slice(2);
        const SegmentPatches segments(nearest(block.is_masked ? divided : input.segments, size));
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
    return conv2d(weights, "conv_img", at::leaky_relu(x, kAliasSlope), {.pad = 1}).tanh();
}

}  // namespace closet
