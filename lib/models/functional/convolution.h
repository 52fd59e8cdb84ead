#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "models/functional/tensors.h"

namespace closet {

// Convolutions of networks without a graph, by LibTorch or, as the weights say (Convolutions), by
// own kernels (Note [NHWC kernels]). Those want x with the channels of a pixel side by side, and
// give the result so.

/// What a convolution looks like beside its filters; `pad` zeros on each side.
struct Conv2d {
    std::int64_t stride = 1, pad = 0, dilation = 1, groups = 1;
};

/// out x in x height x width, and one number an output where there is a bias.
struct Filters {
    at::Tensor weight;
    std::optional<at::Tensor> bias{};
};

/// A convolution with `<name>.weight` and, where there is one, `<name>.bias`.
at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window = {});

/// The same with filters that follow from the weights. They are asked for once for each `name`, or
/// each time where LibTorch runs it.
at::Tensor conv2d(const Tensors& weights, const std::string& name, const at::Tensor& x,
                  const Conv2d& window, const std::function<Filters()>& filters);

/// A convolution of 3 x 3 with one pixel of zeros around, of twice_as_large(x): in four of nine
/// operations, since each pixel of the result sees no more than 2 x 2 of x.
at::Tensor conv2d_of_twice(const Tensors& weights, const std::string& name, const at::Tensor& x);

class LoneConv;

/// The filters of a network as own kernels want them, packed when they are first used.
class PackedConvs {
  public:
    /// Those of a name, for results of so many pixels a row. Safe from several threads.
    const LoneConv& get(const std::string& name, const Conv2d& window, std::int64_t width,
                        const std::function<Filters()>& filters);

  private:
    std::mutex mutex_;
    /// By name and the width of the kernels' blocks.
    std::map<std::pair<std::string, int>, std::unique_ptr<const LoneConv>> packed_;
};

/// Null where own kernels do not serve.
std::shared_ptr<PackedConvs> make_packed_convs(c10::Device device, at::ScalarType type);

}  // namespace closet
