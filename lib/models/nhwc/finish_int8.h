#pragma once

// Part of finish.h, for kernels that store numbers as uint8.

#include <cstddef>

#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

/// What the input's zero adds to sums: of the kernel's rows [begin, end), those that are there.
inline Sum corrections_of(const ConvTask& task, const void* const* rows, int begin, int end,
                          int channel) {
    Sum sum{};
    for (int y = begin; y < end; ++y) {
        if (rows[y] != nullptr) {
            const auto* const from =
                task.requantize.corrections + y * task.vectors * kLanes + channel;
            sum += (Sum)load(reinterpret_cast<const Unit*>(from));
        }
    }
    return sum;
}

/// See finish.h and `Requantize`.
template <bool Silu, bool Residual>
class Finisher {
  public:
    __attribute__((always_inline)) Finisher(const ConvTask& task, int row)
        : to_(task.requantize),
          bias_(task.bias),
          out_(at(task.out, row * task.out_row, task.float_out)),
          residual_(!Residual
                        ? nullptr
                        : at(task.finish.residual, row * task.finish.residual_row,
                             task.requantize.float_residual)),
          out_step_(task.out_step),
          residual_step_(task.finish.residual_step),
          before_(!task.finish.residual_last),
          after_(task.finish.residual_last),
          float_out_(task.float_out),
          low_(task.finish.low),
          high_(task.finish.high) {}

    /// `channel`: the first of the vector's.
    void operator()(Sum sum, int pixel, int channel) const {
        Vector x =
            fused_multiply_add(to_float(sum), load(to_.scale + channel), load(bias_ + channel));
        if (Residual && before_) {
            x = add_residual(x, pixel, channel);
        }
        if constexpr (Silu) {
            x = silu(x);
        } else {
            x = clamp(x, low_, high_);
        }
        if (Residual && after_) {
            x = add_residual(x, pixel, channel);
        }
        if (Silu || (Residual && after_)) {
            x = fused_multiply_add(x, broadcast(to_.out_scale), broadcast(to_.out_shift));
        }
        const std::ptrdiff_t to = pixel * out_step_ + channel;
        if (float_out_) {
            store(static_cast<Unit*>(const_cast<void*>(out_)) + to, x);
            return;
        }
        if (Silu || (Residual && after_)) {
            x = clamp(x, 0, 255);
        }
        store(static_cast<Number*>(const_cast<void*>(out_)) + to, x);
    }

  private:
    static const void* at(const void* from, std::ptrdiff_t numbers, bool is_float) {
        return static_cast<const unsigned char*>(from) +
               numbers * static_cast<std::ptrdiff_t>(is_float ? sizeof(Unit) : sizeof(Number));
    }
    Vector add_residual(Vector x, int pixel, int channel) const {
        const std::ptrdiff_t from = pixel * residual_step_ + channel;
        const Vector r = to_.float_residual ? load(static_cast<const Unit*>(residual_) + from)
                                            : load(static_cast<const Number*>(residual_) + from);
        return fused_multiply_add(r - to_.residual_zero, load(to_.residual_scale + channel), x);
    }

    Requantize to_;
    const float* bias_;
    const void* out_;
    const void* residual_;
    std::ptrdiff_t out_step_, residual_step_;
    bool before_, after_, float_out_;
    float low_, high_;
};

}  // namespace

}  // namespace closet
