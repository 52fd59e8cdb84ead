#pragma once

#include <cstdint>
#include <span>

namespace closet::bench {

/// Frames a block has to have so that blocks are as good as independent: three times the automatic
/// choice of Politis & White 2004 (corrected by Patton, Politis & White 2009) for the circular
/// bootstrap, at least `minimum` (half a second of frames is a good one), at most a quarter of the
/// frames, and 1 for fewer than 4. NaN is a frame without a value; closet::Error for an infinite
/// one. Note: their length makes the variance most exact, not the interval's coverage, which asks
/// for longer blocks: of 300 frames whose neighbours correlate by 0.9, it covers 88 % for 95 %,
/// three times it 96 % (simulated).
std::uint32_t block_length(std::span<const double> values, std::uint32_t minimum = 1);

}  // namespace closet::bench
