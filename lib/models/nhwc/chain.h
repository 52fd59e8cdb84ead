#pragma once

#include "models/nhwc/plan.h"

namespace closet {

/// The activations that the kernels do not fuse, in place; nothing for the others.
void activate_nhwc(Activation activation, float* values, std::size_t count);

/// Runs a chain of convolutions over one picture (see Note [NHWC plan]).
class ChainRunner {
  public:
    /// `value(id)`: where a stored value (a residual) lies. `rings`: the plan's memory for rings.
    struct Memory {
        const NhwcPlan& plan;
        const float* input;  ///< value 0
        float* arena;
        float* rings;

        const float* value(std::size_t id) const {
            return id == 0 ? input : arena + plan.places[id].offset;
        }
        float* target(std::size_t id) const { return arena + plan.places[id].offset; }
    };

    ChainRunner(const Chain& chain, const NhwcKernels& kernels, const Memory& memory,
                const float* source);

    /// Writes all rows of the last stage's picture to `target`.
    void run(float* target);

  private:
    void clear_borders(const ConvStage& stage) const;
    float* ring_row(const ConvStage& stage, std::int64_t row) const;
    void fill_ring(std::size_t index, std::int64_t up_to);
    void compute_row(std::size_t index, std::int64_t row, float* out);

    const Chain& chain_;
    const NhwcKernels& kernels_;
    Memory memory_;
    const float* source_;
    std::vector<std::int64_t> filled_;  ///< of each stage: input rows that its ring has had
};

}  // namespace closet
