#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "bench/stats/clip_figure.h"
#include "bench/stats/estimate.h"
#include "bench/stats/multiple.h"
#include "bench/stats/noise_models.h"

namespace closet::bench {

/// Share of `trials` numbered tries in which `happens`.
double rate(int trials, const std::function<bool(int trial)>& happens);

/// Share of intervals that hold the truth.
double coverage(int trials, double truth, const std::function<Estimate(int trial)>& interval);

/// Samples of cases in rounds: what disturbs a round (1 %) slows all its cases.
struct Rounds {
    NoiseModel model = NoiseModel::kNormal;
    std::size_t samples = 10;  ///< a case
    double noise = 0.02;
    std::vector<double> speeds;  ///< a case, 1: as the others
};

std::vector<std::vector<double>> draw_rounds(const Rounds& rounds, Random& random);

/// How often any case that is as good as the best is not marked so, and the share of the others
/// that are.
struct BestErrors {
    double best_dropped = 0, others_kept = 0;
};
BestErrors best_errors(const Rounds& rounds, Pairing pairing, int trials);

/// Verdicts on cases that `slow` of changed by the factor `speed`, the others not at all.
struct VerdictErrors {
    double any_worse = 0;   ///< of trials in which any unchanged case is said to be worse
    double any_change = 0;  ///< worse or better
    double found = 0;       ///< of changed cases, share said to be worse
    double same = 0;        ///< of unchanged cases, share said to be the same
};
struct VerdictTrial {
    NoiseModel model = NoiseModel::kNormal;
    std::size_t samples = 10;  ///< a case and side
    double noise = 0.02;
    std::size_t cases = 1, slow = 0;
    double speed = 0.9;
    double margin = 0.05;
    Pairing pairing = Pairing::kIndependent;
};
VerdictErrors verdict_errors(const VerdictTrial& trial, int trials);

/// How often any mark of a Pareto frontier is false, and the share of cases that got a mark. Speeds
/// and qualities (in standard deviations of a frame's quality over all cases) are as given; frames
/// are 150 with AR(1) of 0.7.
struct ParetoErrors {
    double any_false = 0, decided = 0;
};
ParetoErrors pareto_errors(const std::vector<double>& speeds, const std::vector<double>& qualities,
                           std::size_t samples, int trials);

/// Clips of a figure whose neighboring frames correlate, with standard deviation 1 within a clip
/// and `spread` between the means of clips.
struct ClipTrial {
    std::size_t clips = 3;
    std::size_t frames = 150;  ///< of the first clip; each further one has a third more
    double correlation = 0.8;
    double spread = 0.5;
};

/// Coverage of 95 % intervals from the clips of a trial, and their mean width.
struct ClipCoverage {
    double of_these = 0;  ///< of the figure that endless versions of these clips would have
    double of_all = 0;    ///< of the mean over all clips that there might be
    double width = 0;
};
ClipCoverage clip_coverage(
    const ClipTrial& trial, int trials,
    const std::function<Estimate(const std::vector<ClipFrames>& clips, int trial)>& interval);

/// Coverage of 95 % intervals of difference_over_clips, of two cases that are as good: what makes
/// frames hard is common to both, and each has as much noise of its own.
double difference_coverage(const ClipTrial& trial, int trials);

}  // namespace closet::bench
