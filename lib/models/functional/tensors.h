#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "models/networks/families.h"

namespace closet {

// Networks without a graph (Note [Networks without a graph]): their weights as tensors, and the
// layers that they share, as functions. Names are those of the checkpoint; layers are PyTorch's of
// the same name. Values are N x C x H x W or N x length x channels.

class PackedConvs;  // of convolution.h

/// Who runs a network's convolutions: LibTorch, or own kernels where these serve (convolution.h).
/// What is faster, results/networks.md says.
enum class Convolutions { kLibTorch, kOwn };

/// The weights of a network, by key.
class Tensors {
  public:
    /// `type`: kFloat, or kHalf / kBFloat16 for speed.
    Tensors(LoadedWeights loaded, c10::Device device, at::ScalarType type = at::kFloat,
            Convolutions convolutions = Convolutions::kLibTorch);

    /// The tensor of a key of the family's list.
    const at::Tensor& operator[](const std::string& key) const { return tensors_.at(key); }
    std::optional<at::Tensor> find(const std::string& key) const;  ///< nothing where there is none

    /// Gives the tensor of a key away, to who keeps its numbers in another form: nobody may ask for
    /// it again. Not while another thread asks for the same key.
    at::Tensor take(const std::string& key) const { return std::exchange(tensors_.at(key), {}); }

    c10::Device device() const { return device_; }
    at::ScalarType type() const { return type_; }
    /// Null where LibTorch runs all convolutions.
    PackedConvs* packed() const { return packed_.get(); }

  private:
    mutable std::map<std::string, at::Tensor> tensors_;  ///< see `take`
    c10::Device device_;
    at::ScalarType type_;
    std::shared_ptr<PackedConvs> packed_;
};

/// x W^T + b over the last axis: `<name>.weight` and, where there is one, `<name>.bias`.
at::Tensor linear(const Tensors& weights, const std::string& name, const at::Tensor& x);

/// The same with keys of its own.
at::Tensor linear(const Tensors& weights, const std::string& weight, const std::string& bias,
                  const at::Tensor& x);

/// Over the last axis, with `<name>.weight` and `.bias`.
at::Tensor layer_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon = 1e-5);

/// Batch normalization with the statistics of training.
at::Tensor batch_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                      double epsilon = 1e-5);

/// Mean 0 and variance 1 of each channel of each picture; no parameters. Lies as x does.
at::Tensor instance_norm(const at::Tensor& x);

/// x with the channels of a pixel side by side: convolutions whose weights lie so, too, are faster.
at::Tensor channels_last(const at::Tensor& x);

/// Each pixel as 2 x 2 of its kind.
at::Tensor twice_as_large(const at::Tensor& x);

/// Multi-head attention of `q`, `k`, `v`, N x length x channels each, with queries that see all
/// keys or, where `causal`, those up to their own place.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t heads, bool causal = false);

}  // namespace closet
