#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

#ifdef CLOSET_INT8
#include "models/nhwc/finish_int8.h"
#else

namespace closet {

namespace {

/// Finishes the sums of an output row and stores them. One object a tile, with copies of all that
/// it needs: the compiler must take the task for changed whenever a number is stored. Silu
/// and Residual are known when it is compiled, so that little branches between sums.
template <bool Silu, bool Residual>
class Finisher {
  public:
    __attribute__((always_inline)) Finisher(const ConvTask& task, int row)
        : out_(at(task.out, row * task.out_row, task.float_out)),
          residual_(!Residual
                        ? nullptr
                        : at(task.finish.residual, row * task.finish.residual_row, task.float_out)),
          out_step_(task.out_step),
          residual_step_(task.finish.residual_step),
          before_(!task.finish.residual_last),
          after_(task.finish.residual_last),
          float_out_(task.float_out),
          low_(task.finish.low),
          high_(task.finish.high) {}

    /// `channel`: the first of the vector's.
    void operator()(Vector sum, int pixel, int channel) const {
        if (Residual && before_) {
            sum += read(pixel * residual_step_ + channel);
        }
        if constexpr (Silu) {
            sum = silu(sum);
        } else {
            sum = clamp(sum, low_, high_);
        }
        if (Residual && after_) {
            sum += read(pixel * residual_step_ + channel);
        }
        const std::ptrdiff_t to = pixel * out_step_ + channel;
        if (kElement == Element::kFloat || float_out_) {
            store(static_cast<Unit*>(const_cast<void*>(out_)) + to, sum);
        } else {
            store(static_cast<Number*>(const_cast<void*>(out_)) + to, sum);
        }
    }

  private:
    static const void* at(const void* from, std::ptrdiff_t numbers, bool is_float) {
        return static_cast<const unsigned char*>(from) +
               numbers * static_cast<std::ptrdiff_t>(is_float ? sizeof(Unit) : sizeof(Number));
    }
    Vector read(std::ptrdiff_t from) const {
        return kElement == Element::kFloat || float_out_
                   ? load(static_cast<const Unit*>(residual_) + from)
                   : load(static_cast<const Number*>(residual_) + from);
    }

    const void* out_;
    const void* residual_;
    std::ptrdiff_t out_step_, residual_step_;
    bool before_, after_, float_out_;
    float low_, high_;
};

}  // namespace

}  // namespace closet

#endif

namespace closet {

namespace {

/// Calls `use` with the Finisher of an output row.
template <class Use>
inline void with_finisher(const ConvTask& task, int row, const Use& use) {
    const bool residual = task.finish.residual != nullptr;
    if (task.finish.silu) {
        residual ? use(Finisher<true, true>(task, row)) : use(Finisher<true, false>(task, row));
    } else {
        residual ? use(Finisher<false, true>(task, row)) : use(Finisher<false, false>(task, row));
    }
}

}  // namespace

}  // namespace closet
