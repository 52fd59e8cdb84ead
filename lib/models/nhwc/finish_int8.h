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
          floats_(task.float_out),
          after_(task.finish.residual_last),
          low_(task.finish.low),
          high_(task.finish.high),
          out_(static_cast<unsigned char*>(task.out) + bytes(row * task.out_row, floats_)),
          out_step_(bytes(task.out_step, floats_)) {
        if constexpr (Residual) {
            residual_ = static_cast<const unsigned char*>(task.finish.residual) +
                        bytes(row * task.finish.residual_row, to_.float_residual);
            residual_step_ = bytes(task.finish.residual_step, to_.float_residual);
        }
    }

    Finisher moved(int pixels, int channels) const {
        Finisher there = *this;
        there.to_.scale += channels;
        there.bias_ += channels;
        there.out_ += pixels * out_step_ + bytes(channels, floats_);
        if constexpr (Residual) {
            there.to_.residual_scale += channels;
            there.residual_ += pixels * residual_step_ + bytes(channels, to_.float_residual);
        }
        return there;
    }
    void to_next_pixel() {
        out_ += out_step_;
        if constexpr (Residual) {
            residual_ += residual_step_;
        }
    }

    __attribute__((always_inline)) void operator()(Sum sum, int vector) const {
        const int channel = vector * kLanes;
        Vector x =
            fused_multiply_add(to_float(sum), load(to_.scale + channel), load(bias_ + channel));
        if (Residual && !after_) {
            x = add_residual(x, channel);
        }
        if constexpr (Silu) {
            x = silu(x);
        } else {
            x = clamp(x, low_, high_);
        }
        if (Residual && after_) {
            x = add_residual(x, channel);
        }
        if (Silu || (Residual && after_)) {
            x = fused_multiply_add(x, broadcast(to_.out_scale), broadcast(to_.out_shift));
        }
        if (floats_) {
            store(reinterpret_cast<Unit*>(out_) + channel, x);
            return;
        }
        if (Silu || (Residual && after_)) {
            x = clamp(x, 0, 255);
        }
        store(reinterpret_cast<Number*>(out_) + channel, x);
    }

  private:
    static std::ptrdiff_t bytes(std::ptrdiff_t numbers, bool floats) {
        return numbers * static_cast<std::ptrdiff_t>(floats ? sizeof(Unit) : sizeof(Number));
    }
    Vector add_residual(Vector x, int channel) const {
        const Vector r = to_.float_residual
                             ? load(reinterpret_cast<const Unit*>(residual_) + channel)
                             : load(reinterpret_cast<const Number*>(residual_) + channel);
        return fused_multiply_add(r - to_.residual_zero, load(to_.residual_scale + channel), x);
    }

    Requantize to_;
    const float* bias_;
    bool floats_, after_;
    float low_, high_;
    unsigned char* out_;
    std::ptrdiff_t out_step_;
    const unsigned char* residual_ = nullptr;
    std::ptrdiff_t residual_step_ = 0;
};

}  // namespace

}  // namespace closet
