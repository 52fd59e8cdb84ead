#pragma once

#include <functional>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "models/functional/tensors.h"
#include "models/networks/gfpgan/gfpgan.h"
#include "models/networks/load_as.h"

namespace closet {

/// Computes GFPGANv1Clean, in float32: with the noise that is in the file, so that the same picture
/// gives the same face.
class Gfpgan {
  public:
    /// `weights`: those that `describe(architecture)` lists, in float32.
    Gfpgan(const GfpganArchitecture& architecture, Tensors weights);

    const GfpganArchitecture& architecture() const { return architecture_; }

    /// Gets values on the way under the names of the reference's modules, for tests.
    using Tap = std::function<void(const std::string& name, const at::Tensor& value)>;

    /// `rgb`: N x 3 x side x side, float32, -1..1, on any device. As many faces, about -1..1: to
    /// be clamped. A picture's result does not depend on its batch. Throws ModelError for another
    /// shape or type.
    at::Tensor forward(const at::Tensor& rgb, const Tap& tap = {}) const;

  private:
    at::Tensor forward_one(const at::Tensor& rgb, const Tap& tap) const;
    at::Tensor modulated(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                         bool demodulates) const;
    at::Tensor styled(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                      std::size_t noise) const;
    at::Tensor to_rgb(const std::string& name, const at::Tensor& x, const at::Tensor& latent,
                      const at::Tensor& below) const;

    GfpganArchitecture architecture_;
    Tensors weights_;
    /// Of each convolution that is demodulated: the sum of squares of its filters, out x in.
    std::map<std::string, at::Tensor> squares_;
};

/// The GFPGAN that a checkpoint holds. Throws ModelError, with the file's name, where it holds none
/// or lacks weights (`options.allow_partial`).
Gfpgan load_gfpgan(const Checkpoint& checkpoint, const LoadOptions& options, c10::Device device);

}  // namespace closet
