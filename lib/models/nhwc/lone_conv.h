#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/graph/network_graph.h"
#include "models/nhwc/activate.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/weights.h"
#include "models/nhwc/winograd.h"

namespace closet {

/// A dense convolution by itself, over pictures of any size in the caller's memory: for networks
/// that are no graphs. Immutable, so that several threads may share a picture's rows.
class LoneConv {
  public:
    /// Height and width of a picture.
    struct Size {
        std::int64_t height = 0, width = 0;
    };

    /// Packs the weights for results of rows of `width` pixels; for others it is only slower.
    /// `conv`: neither depthwise nor with a residual, its activation one of limits (no bend), its
    /// kernel of at most kMaxKernelRows rows. `kernels`: of float32.
    LoneConv(const ConvNode& conv, const NhwcKernels& kernels, std::int64_t width);

    Size result_size(const Size& in) const;
    std::int64_t out_channels() const { return out_channels_; }

    /// Rows `first` to before `end` of the result. `in`: the whole picture, dense NHWC. `out`: the
    /// whole result, likewise.
    void run(const float* in, const Size& size, float* out, std::int64_t first,
             std::int64_t end) const;

    /// How many rows of a result should be asked for at a time at least.
    std::int64_t rows_at_once(const Size& in) const;

  private:
    void pad_rows(const float* in, const Size& size, std::int64_t first, std::int64_t rows,
                  float* to) const;

    KernelWindow window_;
    std::int64_t in_channels_, out_channels_;
    Range range_;
    const NhwcKernels* kernels_;
    int vectors_, widest_ = 0;
    AlignedBytes weights_, bias_;
    std::optional<Winograd> winograd_;  ///< in place of the weights, where it pays
};

}  // namespace closet
