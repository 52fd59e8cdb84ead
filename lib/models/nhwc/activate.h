#pragma once

#include <cstddef>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"

namespace closet {

struct Range {
    float low, high;
};

/// What the kernels limit their results to for this activation; everything where it is no limit.
Range range_of(Activation activation);

/// Whether the kernels cannot apply an activation to their sums: it wants `activate`.
bool needs_pass(Activation activation);

/// Applies any activation in place.
void activate(Activation activation, std::byte* numbers, Element element, std::size_t count);

}  // namespace closet
