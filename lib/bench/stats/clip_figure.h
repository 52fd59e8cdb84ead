#pragma once

#include <cstdint>
#include <span>

#include "bench/stats/bootstrap.h"
#include "bench/stats/estimate.h"

namespace closet::bench {

/// What the frames of one clip say of a figure that may be averaged over any frames: sum of `total`
/// over sum of `weight`. Viewed, not copied.
struct ClipFrames {
    std::span<const double> total, weight;  ///< one a frame; a frame of weight 0 says nothing
    std::uint32_t block;                    ///< frames that are resampled together

    /// With blocks of block_length(what each frame says), which last at least half a second at
    /// `frames_per_s`: frames nearer to each other look alike. 0: of frames that are farther apart
    /// than that. Throws closet::Error for an infinite value.
    ClipFrames(std::span<const double> total, std::span<const double> weight, double frames_per_s);
};

/// Note [Clips are strata]
/// A figure over several clips is that of all their frames together. Its interval is about these
/// clips, not about all that somebody might film: each clip is resampled in blocks by itself
/// (stratified bootstrap: Davison & Hinkley 1997, "Bootstrap Methods and their Application",
/// section 3.2), and what the clips contribute to the variance is added up, with the degrees of
/// freedom of Satterthwaite 1946. To resample whole clips as well (two-stage bootstrap, section
/// 3.8) would speak of other clips, but a handful of them cannot tell how clips differ: by two or
/// three clusters such intervals cover far too little (Cameron, Gelbach & Miller 2008,
/// "Bootstrap-Based Improvements for Inference with Clustered Errors"), or, with Student's quantile
/// of 2 degrees of freedom, say nothing (results/bench-statistics.md). One clip gives what
/// bootstrap_blocks does.

/// The figure over all frames of the clips, with its interval; see Note [Clips are strata]. NaN
/// without weight. A clip of one frame that says something has no variance to see: the interval is
/// unknown.
Estimate bootstrap_clips(std::span<const ClipFrames> clips, const BootstrapOptions& options = {});

/// The figure of `a` less that of `b`, both over the same frames of the same clips, so that what
/// makes a frame hard for both cancels out. The variance is that of the circular block bootstrap
/// (Politis & Romano 1992) in closed form, of each frame's linear influence on the difference, in
/// the longer blocks of the two; equal frames are known not to differ. Throws
/// std::invalid_argument where clips or frames differ in number.
Contrast difference_over_clips(std::span<const ClipFrames> a, std::span<const ClipFrames> b);

}  // namespace closet::bench
