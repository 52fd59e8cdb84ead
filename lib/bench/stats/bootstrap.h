#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bench/stats/estimate.h"

namespace closet::bench {

/// How an interval is resampled. The same options and values give the same interval everywhere.
struct BootstrapOptions {
    double level = 0.95;  ///< coverage, in (0, 1)
    std::uint32_t resamples = 2000;
    std::uint64_t seed = 1;
};

/// Median and mean of independent samples (speeds, times) with intervals. Samples are positive: a
/// zero, negative or infinite one, or NaN, throws closet::Error. No sample: value NaN; fewer than
/// two: unknown_interval().
Estimate bootstrap_median(std::span<const double> samples, const BootstrapOptions& options = {});
Estimate bootstrap_mean(std::span<const double> samples, const BootstrapOptions& options = {});

/// Frames a block has to have so that blocks are as good as independent: three times the automatic
/// choice of Politis & White 2004 (corrected by Patton, Politis & White 2009) for the circular
/// bootstrap, at least `minimum` (half a second of frames is a good one), at most a quarter of the
/// frames, and 1 for fewer than 4. NaN is a frame without a value; closet::Error for an infinite
/// one. Note: their length makes the variance most exact, not the interval's coverage, which asks
/// for longer blocks: of 300 frames whose neighbors correlate by 0.9, it covers 88 % for 95 %,
/// three times it 96 % (simulated).
std::uint32_t block_length(std::span<const double> values, std::uint32_t minimum = 1);

/// A figure over frames, given by their numbers in the clip, some of them repeated. NaN where those
/// frames do not tell it.
using FrameStatistic = std::function<double(std::span<const std::uint32_t> frames)>;

/// Value of a figure over a clip and over clips resampled from it.
struct Replicates {
    double value = 0;            ///< over all frames as they are
    std::vector<double> values;  ///< one a resample; those that came out NaN are left out
    double degrees = 0;          ///< blocks in the clip less one
};

/// Resamples a clip of `frames` frames in blocks of `block_length` that wrap around the end (the
/// circular block bootstrap, Politis & Romano 1992), because neighboring frames look alike. The
/// same frames, block_length and options give the same resamples: figures of several cases over one
/// clip are resampled jointly when they are asked for with equal arguments.
Replicates block_replicates(std::uint32_t frames, std::uint32_t block_length,
                            const FrameStatistic& statistic, const BootstrapOptions& options = {});

/// The figure less 0, and the difference a - b of two that were resampled jointly: the standard
/// deviation over resamples, with as many degrees of freedom as blocks less one.
Contrast contrast_of(const Replicates& replicates);
Contrast contrast_of(const Replicates& a, const Replicates& b);

/// The interval by it. It is symmetric and may reach beyond what the figure can be (1 for a share).
/// Note: percentiles of 2000 resamples end long before the few blocks of a short clip ask them to.
Estimate interval_of(const Replicates& replicates, double level = 0.95);

/// Both at once.
Estimate bootstrap_blocks(std::uint32_t frames, std::uint32_t block_length,
                          const FrameStatistic& statistic, const BootstrapOptions& options = {});

/// Mean of per-frame values over the frames that have one (not NaN), weighted where `weights` is
/// not empty (one >= 0 a frame, else closet::Error). Both are viewed, not copied.
FrameStatistic frame_mean(std::span<const double> values, std::span<const double> weights = {});

/// The interval of that mean by blocks of block_length(values, minimum_block). Paired differences
/// of two cases are just such values. Throws closet::Error for an infinite value.
Estimate bootstrap_frame_mean(std::span<const double> values, std::span<const double> weights,
                              std::uint32_t minimum_block, const BootstrapOptions& options = {});

}  // namespace closet::bench
