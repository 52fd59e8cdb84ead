#pragma once

#include "models/nhwc/memory.h"
#include "models/nhwc/plan.h"

namespace closet {

/// One step of a plan, for measurements: `run_nhwc` runs them all.
void run_step(const Step& step, const NhwcKernels& kernels, const Memory& memory);

}  // namespace closet
