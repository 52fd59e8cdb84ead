#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include <cstddef>

#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

#ifdef CLOSET_INT8
#include "models/nhwc/finish_int8.h"
#else

namespace closet {

namespace {

/// Finishes the sums of an output row and stores them. One object a tile, with copies of all that
/// it needs: the compiler must take the task for changed whenever a number is stored. Silu and
/// Residual are known when it is compiled, so that little branches between sums.
template <bool Silu, bool Residual>
class Finisher {
  public:
    /// At the row's first channel.
    __attribute__((always_inline)) Finisher(const ConvTask& task, int row)
        : floats_(kElement == Element::kFloat || task.float_out),
          after_(task.finish.residual_last),
          low_(task.finish.low),
          high_(task.finish.high),
          out_(static_cast<unsigned char*>(task.out) + bytes(row * task.out_row)),
          out_step_(bytes(task.out_step)) {
        if constexpr (Residual) {
            residual_ = static_cast<const unsigned char*>(task.finish.residual) +
                        bytes(row * task.finish.residual_row);
            residual_step_ = bytes(task.finish.residual_step);
        }
    }

    /// One that stands so many pixels and channels further.
    Finisher moved(int pixels, int channels) const {
        Finisher there = *this;
        there.out_ += pixels * out_step_ + bytes(channels);
        if constexpr (Residual) {
            there.residual_ += pixels * residual_step_ + bytes(channels);
        }
        return there;
    }
    void to_next_pixel() {
        out_ += out_step_;
        if constexpr (Residual) {
            residual_ += residual_step_;
        }
    }

    /// `vector`: of the pixel that it stands at.
    __attribute__((always_inline)) void operator()(Vector sum, int vector) const {
        const int channel = vector * kLanes;
        if (Residual && !after_) {
            sum += read(channel);
        }
        if constexpr (Silu) {
            sum = silu(sum);
        } else {
            sum = clamp(sum, low_, high_);
        }
        if (Residual && after_) {
            sum += read(channel);
        }
        if (floats_) {
            store(reinterpret_cast<Unit*>(out_) + channel, sum);
        } else {
            store(reinterpret_cast<Number*>(out_) + channel, sum);
        }
    }

  private:
    std::ptrdiff_t bytes(std::ptrdiff_t numbers) const {
        return numbers * static_cast<std::ptrdiff_t>(floats_ ? sizeof(Unit) : sizeof(Number));
    }
    Vector read(int channel) const {
        return floats_ ? load(reinterpret_cast<const Unit*>(residual_) + channel)
                       : load(reinterpret_cast<const Number*>(residual_) + channel);
    }

    bool floats_, after_;
    float low_, high_;
    unsigned char* out_;
    std::ptrdiff_t out_step_;
    const unsigned char* residual_ = nullptr;
    std::ptrdiff_t residual_step_ = 0;
};

}  // namespace

}  // namespace closet

#endif

namespace closet {

namespace {

/// Calls `use` with the Finisher of an output row.
template <class Use>
__attribute__((always_inline)) inline void with_finisher(const ConvTask& task, int row,
                                                         const Use& use) {
    const bool residual = task.finish.residual != nullptr;
    if (task.finish.silu) {
        residual ? use(Finisher<true, true>(task, row)) : use(Finisher<true, false>(task, row));
    } else {
        residual ? use(Finisher<false, true>(task, row)) : use(Finisher<false, false>(task, row));
    }
}

/// Stores Pixels sums of one vector of channels, from `pixel` and `channel` on.
template <int Pixels>
__attribute__((always_inline)) inline void finish_pixels(const Sum (&sum)[Pixels],
                                                         const ConvTask& task, int row, int pixel,
                                                         int channel) {
    with_finisher(
        task, row, [&](const auto& at_row) __attribute__((always_inline)) {
            auto finish = at_row.moved(pixel, channel);
#pragma GCC unroll 8
            for (int m = 0; m < Pixels; ++m) {
                finish(sum[m], 0);
                finish.to_next_pixel();
            }
        });
}

}  // namespace

}  // namespace closet
