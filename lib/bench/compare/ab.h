#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/compare/compare.h"
#include "bench/result/result.h"
#include "bench/sweep/case_runner.h"
#include "bench/sweep/runner.h"

namespace closet::bench {

/// The two builds of one run, as results of their own that belong together round by round.
struct TwoSweeps {
    Sweep base, next;
};

/// Note [Interleaved builds]
/// Both builds run in one sweep in which every case stands twice, once a build: all stand in the
/// same rounds in random order, so that what drifts or disturbs meets both alike. Case ids carry
/// the build only while they are measured.

/// Measures the cases of `sweep` with both builds. `hooks.start` is not used: `base` and `next`
/// start the builds, once for each of `options.processes`. Figures come from `hooks.summarize`.
/// Throws what run_sweep throws.
TwoSweeps run_ab(const Sweep& sweep, const SweepOptions& options, SweepHooks hooks,
                 const StartRunner& base, const StartRunner& next, const Clock& clock);

/// Ids of the cases in which the builds did different work (their poses, say).
std::vector<std::string> cases_with_other_work(const TwoSweeps& both);

/// Two builds measured and compared.
struct AbResult {
    TwoSweeps both;
    Comparison comparison;
};

/// Measures as run_ab and compares by round, whatever `compare` says of pairing; what was called
/// faster or slower is measured a second time (Note [Said twice]), unless the run was interrupted.
/// `measured` is called with the first measurement before that. Throws as run_ab and
/// compare_results.
AbResult compare_builds(Sweep sweep, const SweepOptions& options, const SweepHooks& hooks,
                        const StartRunner& base, const StartRunner& next, const Clock& clock,
                        CompareOptions compare,
                        const std::function<void(const TwoSweeps&)>& measured);

/// What a comparison of a build with itself shows.
struct NoiseFloor {
    double largest_change = 0;  ///< of speed, as a fraction, over all cases
    double largest_bound = 0;   ///< the farthest end of their intervals from 0: a change of this
                                ///< size could have been overlooked
    bool false_alarm = false;   ///< some case was called better or worse
};
/// Over the cases of `comparison`, which is of a build with itself, that have figures.
NoiseFloor noise_floor(const Comparison& comparison);

/// The noise floor as one sentence.
std::string to_text(const NoiseFloor& floor);

}  // namespace closet::bench
