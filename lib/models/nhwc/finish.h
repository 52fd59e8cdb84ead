#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

/// Finishes the sums of outputs and stores them. One object a tile; Silu is known when it is
/// compiled, so that nothing branches between sums.
template <bool Silu>
class Finisher {
  public:
    explicit Finisher(const ConvTask& task) : task_(task) {}

    /// `channel`: the first of the vector's.
    void operator()(Vector sum, int row, int pixel, int channel) const {
        const Finish& finish = task_.finish;
        const bool adds = finish.residual != nullptr;
        const std::ptrdiff_t residual =
            row * finish.residual_row + pixel * finish.residual_step + channel;
        if (adds && !finish.residual_last) {
            sum += addend(residual);
        }
        if constexpr (Silu) {
            sum = silu(sum);
        } else {
            sum = clamp(sum, finish.low, finish.high);
        }
        if (adds && finish.residual_last) {
            sum += addend(residual);
        }
        const std::ptrdiff_t out = row * task_.out_row + pixel * task_.out_step + channel;
        if constexpr (kIsBfloat16) {
            if (task_.float_out) {
                store(static_cast<Unit*>(task_.out) + out, sum);
                return;
            }
        }
        store(static_cast<Number*>(task_.out) + out, sum);
    }

  private:
    Vector addend(std::ptrdiff_t at) const {
        if constexpr (kIsBfloat16) {
            if (task_.float_out) {
                return load(static_cast<const Unit*>(task_.finish.residual) + at);
            }
        }
        return load(static_cast<const Number*>(task_.finish.residual) + at);
    }

    const ConvTask& task_;
};

}  // namespace

}  // namespace closet
