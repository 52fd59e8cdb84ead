#pragma once

#include "models/nhwc/plan.h"

namespace closet {

/// A stage of a chain, before its values have places.
ConvStage begin_stage(const ConvNode& conv, const Node& node, const NhwcPlan& plan,
                      const NhwcKernels& kernels);

/// Sizes a stage's ring, whose pixels are whole units of 32 bits; returns its bytes, a whole number
/// of cache lines.
std::size_t lay_out_ring(ConvStage& stage, const NhwcPlan& plan);

/// Chooses the kernel and packs the weights, once all values have places. `lone`: the stage is a
/// chain of its own.
void finish_stage(ConvStage& stage, const NhwcPlan& plan, const ConvNode& conv,
                  const NhwcKernels& kernels, bool lone);

/// Bytes that a step needs beside the arena while it runs.
std::size_t scratch_of(const Step& step, const NhwcPlan& plan);

}  // namespace closet
