#include "bench/stats/experiments.h"

#include <algorithm>
#include <cstdint>
#include <functional>

#include "bench/stats/bootstrap.h"
#include "bench/stats/multiple.h"

namespace closet::bench {

namespace {

std::uint64_t seed_of(int trial) {
    return static_cast<std::uint64_t>(trial) + 1;
}

/// Whether any case is no slower and no poorer, and in one figure ahead.
bool is_dominated(std::size_t i, const std::vector<double>& speeds,
                  const std::vector<double>& qualities) {
    for (std::size_t j = 0; j < speeds.size(); ++j) {
        if (speeds[j] >= speeds[i] && qualities[j] >= qualities[i] &&
            (speeds[j] > speeds[i] || qualities[j] > qualities[i])) {
            return true;
        }
    }
    return false;
}

constexpr double kClipRate = 24;  ///< frames a second

/// Values of clips, and these as the statistics take them.
struct DrawnClips {
    std::vector<std::vector<double>> values, weights;
    std::vector<ClipFrames> clips;  ///< viewing the above
};

std::size_t frames_of(const ClipTrial& trial, std::size_t clip) {
    return trial.frames + trial.frames * clip / 3;
}

DrawnClips draw_clips(const ClipTrial& trial, const std::vector<double>& means, Random& random) {
    DrawnClips drawn;
    for (std::size_t i = 0; i < trial.clips; ++i) {
        const std::size_t frames = frames_of(trial, i);
        drawn.values.push_back(draw_autoregressive(frames, trial.correlation, random));
        for (double& value : drawn.values.back()) {
            value += means[i];
        }
        drawn.weights.emplace_back(frames, 1.0);
    }
    for (std::size_t i = 0; i < trial.clips; ++i) {
        drawn.clips.emplace_back(drawn.values[i], drawn.weights[i], kClipRate);
    }
    return drawn;
}

double mean_over_frames(const ClipTrial& trial, const std::vector<double>& means) {
    double sum = 0, frames = 0;
    for (std::size_t i = 0; i < trial.clips; ++i) {
        const auto own = static_cast<double>(frames_of(trial, i));
        sum += own * means[i];
        frames += own;
    }
    return sum / frames;
}

}  // namespace

double rate(int trials, const std::function<bool(int trial)>& happens) {
    int count = 0;
    for (int trial = 0; trial < trials; ++trial) {
        count += happens(trial) ? 1 : 0;
    }
    return static_cast<double>(count) / trials;
}

double coverage(int trials, double truth, const std::function<Estimate(int trial)>& interval) {
    return rate(trials, [&](int trial) {
        const Estimate estimate = interval(trial);
        return estimate.low <= truth && truth <= estimate.high;
    });
}

std::vector<std::vector<double>> draw_rounds(const Rounds& rounds, Random& random) {
    constexpr double kRoundNoise = 0.01;
    std::vector<std::vector<double>> samples(rounds.speeds.size());
    for (std::size_t round = 0; round < rounds.samples; ++round) {
        const double together = 1 + kRoundNoise * draw_normal(random);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            samples[i].push_back(draw(rounds.model, random, rounds.noise) * rounds.speeds[i] *
                                 together);
        }
    }
    return samples;
}

BestErrors best_errors(const Rounds& rounds, Pairing pairing, int trials) {
    const double best = *std::max_element(rounds.speeds.begin(), rounds.speeds.end());
    double others = 0, kept = 0;
    BestErrors errors;
    errors.best_dropped = rate(trials, [&](int trial) {
        Random random(seed_of(trial));
        const auto marks = compare_speeds_with_best(draw_rounds(rounds, random), pairing);
        bool dropped = false;
        for (std::size_t i = 0; i < marks.size(); ++i) {
            if (rounds.speeds[i] == best) {
                dropped = dropped || !marks[i].may_be_best;
            } else {
                ++others;
                kept += marks[i].may_be_best ? 1 : 0;
            }
        }
        return dropped;
    });
    errors.others_kept = others > 0 ? kept / others : 0;
    return errors;
}

VerdictErrors verdict_errors(const VerdictTrial& trial, int trials) {
    VerdictErrors errors;
    double worse = 0, found = 0, same = 0;
    errors.any_change = rate(trials, [&](int number) {
        Random random(seed_of(number));
        std::vector<Contrast> contrasts;
        for (std::size_t i = 0; i < trial.cases; ++i) {
            const auto samples = draw_rounds(
                {trial.model, trial.samples, trial.noise, {i < trial.slow ? trial.speed : 1, 1}},
                random);
            contrasts.push_back(log_ratio(samples[0], samples[1], trial.pairing));
        }
        const std::vector<Change> changes = judge_speeds(contrasts, trial.margin);
        bool any_worse = false, any_change = false;
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const Verdict verdict = changes[i].verdict;
            if (i < trial.slow) {
                found += verdict == Verdict::kWorse ? 1 : 0;
                continue;
            }
            any_worse = any_worse || verdict == Verdict::kWorse;
            any_change = any_change || verdict == Verdict::kWorse || verdict == Verdict::kBetter;
            same += verdict == Verdict::kSame ? 1 : 0;
        }
        worse += any_worse ? 1 : 0;
        return any_change;
    });
    errors.any_worse = worse / trials;
    const double unchanged = static_cast<double>(trial.cases - trial.slow);
    errors.found = trial.slow > 0 ? found / trials / static_cast<double>(trial.slow) : 0;
    errors.same = unchanged > 0 ? same / trials / unchanged : 0;
    return errors;
}

ParetoErrors pareto_errors(const std::vector<double>& speeds, const std::vector<double>& qualities,
                           std::size_t samples, int trials) {
    constexpr std::uint32_t kFrames = 150, kBlock = 15, kResamples = 400;
    constexpr double kCorrelation = 0.7;
    const std::size_t cases = speeds.size();
    double decided = 0;
    ParetoErrors errors;
    errors.any_false = rate(trials, [&](int trial) {
        Random random(seed_of(trial));
        const auto rounds = draw_rounds({NoiseModel::kNormal, samples, 0.02, speeds}, random);
        std::vector<Replicates> replicates;
        for (std::size_t i = 0; i < cases; ++i) {
            std::vector<double> frames = draw_autoregressive(kFrames, kCorrelation, random);
            for (double& frame : frames) {
                frame += qualities[i];
            }
            replicates.push_back(block_replicates(kFrames, kBlock, frame_mean(frames),
                                                  {0.95, kResamples, seed_of(trial)}));
        }
        const std::vector<ParetoMark> marks = pareto(
            cases,
            [&](std::size_t a, std::size_t b) {
                return log_ratio(rounds[a], rounds[b], Pairing::kByRound);
            },
            [&](std::size_t a, std::size_t b) {
                return contrast_of(replicates[a], replicates[b]);
            });
        bool wrong = false;
        for (std::size_t i = 0; i < cases; ++i) {
            decided += marks[i] == ParetoMark::kUndecided ? 0 : 1;
            wrong =
                wrong || marks[i] == (is_dominated(i, speeds, qualities) ? ParetoMark::kFrontier
                                                                         : ParetoMark::kDominated);
        }
        return wrong;
    });
    errors.decided = decided / trials / static_cast<double>(cases);
    return errors;
}

ClipCoverage clip_coverage(
    const ClipTrial& trial, int trials,
    const std::function<Estimate(const std::vector<ClipFrames>& clips, int trial)>& interval) {
    Random random(trial.clips);
    ClipCoverage result;
    double of_all = 0;
    result.of_these = rate(trials, [&](int number) {
        std::vector<double> means;
        for (std::size_t i = 0; i < trial.clips; ++i) {
            means.push_back(trial.spread * draw_normal(random));
        }
        const DrawnClips drawn = draw_clips(trial, means, random);
        const Estimate estimate = interval(drawn.clips, number);
        result.width += (estimate.high - estimate.low) / trials;
        of_all += estimate.low <= 0 && 0 <= estimate.high ? 1 : 0;
        const double truth = mean_over_frames(trial, means);
        return estimate.low <= truth && truth <= estimate.high;
    });
    result.of_all = of_all / trials;
    return result;
}

double difference_coverage(const ClipTrial& trial, int trials) {
    Random random(trial.clips);
    return coverage(trials, 0, [&](int) {
        const std::vector<double> means(trial.clips, 0);
        const DrawnClips common = draw_clips(trial, means, random);
        DrawnClips a = draw_clips(trial, means, random), b = draw_clips(trial, means, random);
        for (DrawnClips* drawn : {&a, &b}) {
            for (std::size_t i = 0; i < trial.clips; ++i) {
                std::transform(drawn->values[i].begin(), drawn->values[i].end(),
                               common.values[i].begin(), drawn->values[i].begin(), std::plus<>());
                drawn->clips[i] = ClipFrames(drawn->values[i], drawn->weights[i], kClipRate);
            }
        }
        return interval_of(difference_over_clips(a.clips, b.clips));
    });
}

}  // namespace closet::bench
