#pragma once

#include <cstddef>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/plan.h"

namespace closet {

/// A stage of a chain, before its values have places. What it reads is for the caller to say.
ConvStage begin_stage(const ConvNode& conv, const Node& node);

/// Sizes a stage's ring, whose pixels are whole units of 32 bits; returns its bytes, a whole number
/// of cache lines.
std::size_t lay_out_ring(ConvStage& stage, const NhwcPlan& plan);

/// Chooses the kernel and packs the weights, once all values have places. `lone`: the stage is a
/// chain of its own.
void finish_stage(ConvStage& stage, const NhwcPlan& plan, const ConvNode& conv,
                  const NhwcKernels& kernels, bool lone);

}  // namespace closet
