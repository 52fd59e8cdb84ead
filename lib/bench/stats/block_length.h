#pragma once

#include <cstdint>
#include <span>

namespace closet::bench {

/// Frames a block has to have so that blocks are as good as independent, by the automatic choice of
/// Politis & White 2004 (corrected by Patton, Politis & White 2009) for the circular bootstrap:
/// at least `minimum` (half a second of frames is a good one), at most a third of the frames, and
/// 1 for fewer than 3. NaN is a frame without a value; closet::Error for an infinite one.
std::uint32_t block_length(std::span<const double> values, std::uint32_t minimum = 1);

}  // namespace closet::bench
