#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/functional/tensors.h"

namespace closet {

// Convolutions of networks without a graph, by LibTorch or, as the weights say (Convolutions), by
// own kernels (Note [NHWC kernels]). Those want x with the channels of a pixel side by side, and
// give the result so.

/// What a convolution looks like beside its filters; `pad` zeros on each side, or kSame, half the
/// kernel, which keeps the size.
struct Conv2d {
    static constexpr std::int64_t kSame = -1;
    std::int64_t stride = 1, pad = 0, dilation = 1, groups = 1;
};

/// out x in x height x width, and one number an output where there is a bias.
struct Filters {
    at::Tensor weight;
    std::optional<at::Tensor> bias{};
};

/// The tensor of a key for `conv2d` to keep: given away (Tensors::take) where own kernels keep it
/// packed.
at::Tensor filter_of(const Tensors& weights, const std::string& key, const Conv2d& window);

/// A convolution with `<name>.weight` and, where there is one, `<name>.bias`.
at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window = {});

/// The same with filters that follow from the weights. They are asked for each time, or once for
/// each `name` where own kernels keep them packed.
at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window, const std::function<Filters()>& filters);

/// A convolution of 3 x 3 with one pixel of zeros around, of twice_as_large(x): in four of nine
/// operations, since each pixel of the result sees no more than 2 x 2 of x.
at::Tensor conv2d_of_twice(const Tensors& weights, const std::string& name, const at::Tensor& x);

/// x W^T + b over the last axis by own kernels, W and b as `filters` gives them once for each
/// `key`. Nothing for few rows, where LibTorch is as fast, unless there were more before.
std::optional<at::Tensor> packed_linear(PackedConvs& packed, const std::string& key,
                                        const at::Tensor& x,
                                        const std::function<Filters()>& filters);

class LoneConv;

/// The filters of a network as own kernels want them, packed when they are first used.
class PackedConvs {
  public:
    /// Those of a name, for results of so many pixels a row: of the first call, since a network's
    /// pictures are of one size (for others they are only slower). Safe from several threads.
    const LoneConv& get(const std::string& name, const Conv2d& window, std::int64_t width,
                        const std::function<Filters()>& filters);
    bool has(const std::string& name);

  private:
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<const LoneConv>> packed_;
};

/// Null where own kernels do not serve.
std::shared_ptr<PackedConvs> make_packed_convs(c10::Device device, at::ScalarType type);

}  // namespace closet
