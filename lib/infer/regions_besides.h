#pragma once

#include <span>
#include <vector>

#include "infer/region.h"

namespace closet {

/// Those of the regions `found` that are not one of the `known` ones, the largest first. Each known
/// region stands for one found, the nearest pairs first.
std::vector<Region> regions_besides(std::span<const Region> known, std::span<const Region> found);

}  // namespace closet
