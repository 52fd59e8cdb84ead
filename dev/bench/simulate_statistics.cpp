// Prints coverage and error rates of lib/bench/stats as Markdown: results/bench-statistics.md.

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/stats/bootstrap.h"
#include "bench/stats/clip_figure.h"
#include "bench/stats/experiments.h"
#include "dev/bench/rejected_methods.h"

namespace closet::bench {
namespace {

std::string percent(double share) {
    return fmt::format("{:.1f}", 100 * share);
}

/// Coverage and mean relative width of many intervals.
struct Score {
    double covered = 0, width = 0;
};

template <typename Interval>
Score score(NoiseModel model, std::size_t count, double truth, int trials, Interval interval) {
    Random random(count);
    Score result;
    result.covered = coverage(trials, truth, [&](int trial) {
        const Estimate estimate =
            interval(draw_many(model, count, random), static_cast<std::uint64_t>(trial));
        result.width += (estimate.high - estimate.low) / truth / trials;
        return estimate;
    });
    return result;
}

void print_median_coverage() {
    constexpr int kTrials = 6000, kSlowTrials = 1000;
    fmt::print(
        "## Median of n samples\n\nCoverage of 95 % intervals, %, and mean width, % of the "
        "median; {} trials ({} for percentile and mean), 500 resamples.\n\n| noise | n | used | "
        "percentile "
        "bootstrap | expanded percentile | order statistics | Student on logs | mean: used "
        "|\n|---|---|---|---|---|---|---|---|\n",
        kTrials, kSlowTrials);
    for (NoiseModel model : kNoiseModels) {
        const Truth truth = truth_of(model);
        for (std::size_t count : {2, 3, 5, 8, 12, 20, 30}) {
            fmt::print("| {} | {} |", name_of(model), count);
            const auto cell = [&](int trials, double of, auto interval) {
                const Score result = score(model, count, of, trials, interval);
                fmt::print(" {} ({}) |", percent(result.covered), percent(result.width));
            };
            const auto options = [](std::uint64_t seed) {
                return BootstrapOptions{0.95, 500, seed};
            };
            cell(kTrials, truth.median, [&](const auto& samples, std::uint64_t seed) {
                return bootstrap_median(samples, options(seed));
            });
            for (bool expanded : {false, true}) {
                cell(kSlowTrials, truth.median, [&](const auto& samples, std::uint64_t seed) {
                    return percentile_median(samples, expanded, seed);
                });
            }
            cell(kTrials, truth.median,
                 [](const auto& samples, std::uint64_t) { return order_statistics(samples); });
            cell(kTrials, truth.median,
                 [](const auto& samples, std::uint64_t) { return student_of_logs(samples); });
            cell(kSlowTrials, truth.mean, [&](const auto& samples, std::uint64_t seed) {
                return bootstrap_mean(samples, options(seed));
            });
            fmt::print("\n");
        }
    }
}

void print_block_coverage() {
    constexpr int kTrials = 2000;
    static constexpr std::uint32_t kHalfSecond = 12;
    fmt::print(
        "\n## Mean over the frames of a clip\n\nCoverage of 95 % intervals, %; AR(1), blocks "
        "of at least {} frames; a third of the block length, as Politis & White have it, and "
        "single frames for comparison; {} "
        "trials, 500 resamples.\n\n| frames | correlation of neighbors | used | "
        "a third of it | single frames |\n|---|---|---|---|---|\n",
        kHalfSecond, kTrials);
    for (std::size_t frames : {94, 300}) {
        for (double correlation : {0.0, 0.5, 0.8, 0.9, 0.95}) {
            fmt::print("| {} | {} |", frames, correlation);
            const auto cell = [&](auto interval) {
                Random random(frames);
                fmt::print(" {} |", percent(coverage(kTrials, 0, [&](int trial) {
                               const std::vector<double> values =
                                   draw_autoregressive(frames, correlation, random);
                               return interval(
                                   values,
                                   BootstrapOptions{0.95, 500, static_cast<std::uint64_t>(trial)});
                           })));
            };
            cell([](const auto& values, const BootstrapOptions& options) {
                return bootstrap_frame_mean(values, {}, kHalfSecond, options);
            });
            cell([](const auto& values, const BootstrapOptions& options) {
                const std::uint32_t third =
                    std::max<std::uint32_t>(kHalfSecond, block_length(values) / 3);
                return bootstrap_blocks(static_cast<std::uint32_t>(values.size()), third,
                                        frame_mean(values), options);
            });
            cell([](const auto& values, const BootstrapOptions& options) {
                return bootstrap_blocks(static_cast<std::uint32_t>(values.size()), 1,
                                        frame_mean(values), options);
            });
            fmt::print("\n");
        }
    }
}

void print_clip_coverage() {
    constexpr int kTrials = 1000;
    const auto seed_of = [](int trial) { return static_cast<std::uint64_t>(trial); };
    fmt::print(
        "\n## Mean over the frames of several clips\n\nCoverage of 95 % intervals of the mean of "
        "these clips, and of all clips that there might be, %, and mean width; AR(1), 150 frames "
        "in the first clip and a third more in each further one, means of clips spread by half "
        "a standard deviation of a frame; {} trials, 500 resamples. Two stages: clips are drawn, "
        "too. Last, coverage of the difference of two equal cases, paired by frames.\n\n| clips "
        "| correlation | used: these | all | width | two stages, percentile: these | all | width "
        "| two stages, Student: these | all | width | paired difference "
        "|\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        kTrials);
    for (const std::size_t clips : {1, 3, 5}) {
        for (const double correlation : {0.5, 0.8, 0.9}) {
            const ClipTrial trial{.clips = clips, .correlation = correlation};
            fmt::print("| {} | {} |", clips, correlation);
            const auto cells = [&](auto interval) {
                const ClipCoverage found = clip_coverage(trial, kTrials, interval);
                fmt::print(" {} | {} | {:.2f} |", percent(found.of_these), percent(found.of_all),
                           found.width);
            };
            cells([&](const auto& frames, int number) {
                return bootstrap_clips(frames, {0.95, 500, seed_of(number)});
            });
            for (const bool student : {false, true}) {
                cells([&](const auto& frames, int number) {
                    return two_stage(frames, student, seed_of(number));
                });
            }
            fmt::print(" {} |\n", percent(difference_coverage(trial, kTrials)));
        }
    }
}

void print_ratio_coverage() {
    constexpr int kTrials = 10000;
    fmt::print(
        "\n## Ratio of two speeds\n\nCoverage of 95 % intervals, %; both sides alike but for "
        "a factor; {} trials.\n\n| noise | n | independent | by round |\n|---|---|---|---|\n",
        kTrials);
    for (NoiseModel model : kNoiseModels) {
        for (std::size_t count : {3, 5, 8, 10, 12, 20, 30}) {
            fmt::print("| {} | {} |", name_of(model), count);
            for (Pairing pairing : {Pairing::kIndependent, Pairing::kByRound}) {
                Random random(count);
                fmt::print(
                    " {} |", percent(coverage(kTrials, 0.9, [&](int) {
                        const auto samples = draw_rounds({model, count, 0.02, {0.9, 1}}, random);
                        return speed_ratio(samples[0], samples[1], pairing);
                    })));
            }
            fmt::print("\n");
        }
    }
}

void print_best() {
    constexpr int kTrials = 4000, kMaxTTrials = 200;
    fmt::print(
        "\n## Comparison with the best\n\nEqual cases: trials in which any of them is "
        "dropped, %, {} trials; the max-t bootstrap over all pairs beside it ({} trials, 500 "
        "resamples).\n\n| noise | cases | n | by round | independent | max-t bootstrap by "
        "round |\n|---|---|---|---|---|---|\n",
        kTrials, kMaxTTrials);
    for (NoiseModel model : {NoiseModel::kNormal, NoiseModel::kLogNormal, NoiseModel::kDisturbed}) {
        for (std::size_t cases : {2, 8, 40}) {
            for (std::size_t count : {5, 8, 10, 20}) {
                const int trials = cases > 8 ? kTrials / 4 : kTrials;
                const Rounds rounds{model, count, 0.02, std::vector<double>(cases, 1)};
                fmt::print("| {} | {} | {} |", name_of(model), cases, count);
                for (Pairing pairing : {Pairing::kByRound, Pairing::kIndependent}) {
                    fmt::print(" {} |", percent(best_errors(rounds, pairing, trials).best_dropped));
                }
                if (cases > 8) {
                    fmt::print(" |\n");
                    continue;
                }
                fmt::print(" {} |\n", percent(rate(kMaxTTrials, [&](int trial) {
                               const auto seed = static_cast<std::uint64_t>(trial) + 1;
                               Random random(seed);
                               return max_t_separates(draw_rounds(rounds, random), 500, seed);
                           })));
            }
        }
    }
    fmt::print(
        "\nEight cases, two of them best and equal, the others slower by 1, 2, 3, 5, 10 and "
        "20 %; noise 2 %.\n\n| n | either best dropped, % | others kept, % |\n|---|---|---|\n");
    for (std::size_t count : {5, 10, 20, 30}) {
        const Rounds rounds{
            NoiseModel::kNormal, count, 0.02, {1, 1, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8}};
        const BestErrors errors = best_errors(rounds, Pairing::kByRound, kTrials);
        fmt::print("| {} | {} | {} |\n", count, percent(errors.best_dropped),
                   percent(errors.others_kept));
    }
}

void print_verdicts() {
    constexpr int kTrials = 4000;
    fmt::print(
        "\n## Verdicts of a comparison\n\nNothing changed: trials in which any case of the "
        "comparison is called worse, or worse or better, %; and cases called the same, %; "
        "{} trials, noise 2 %.\n\n| noise | cases | n | margin, % | any worse | worse or "
        "better | same |\n|---|---|---|---|---|---|---|\n",
        kTrials);
    for (NoiseModel model : kNoiseModels) {
        for (std::size_t cases : {1, 8, 50}) {
            for (std::size_t count : {5, 10, 20}) {
                for (double margin : {0.0, 0.05}) {
                    VerdictTrial trial;
                    trial.model = model;
                    trial.samples = count;
                    trial.cases = cases;
                    trial.margin = margin;
                    const VerdictErrors errors =
                        verdict_errors(trial, cases > 8 ? kTrials / 4 : kTrials);
                    fmt::print("| {} | {} | {} | {:.0f} | {} | {} | {} |\n", name_of(model), cases,
                               count, 100 * margin, percent(errors.any_worse),
                               percent(errors.any_change), percent(errors.same));
                }
            }
        }
    }
    fmt::print(
        "\nOne case of several slower by 10 %, margin 5 %: found, %.\n\n| noise | % | cases "
        "| n = 5 | n = 10 | n = 10 by round | n = 20 |\n|---|---|---|---|---|---|---|\n");
    using Kind = std::pair<NoiseModel, double>;
    for (const auto& [model, noise] :
         {Kind{NoiseModel::kNormal, 0.01}, Kind{NoiseModel::kNormal, 0.02},
          Kind{NoiseModel::kNormal, 0.04}, Kind{NoiseModel::kContaminated, 0.02},
          Kind{NoiseModel::kDisturbed, 0.02}}) {
        for (std::size_t cases : {1, 8, 50}) {
            fmt::print("| {} | {:.0f} | {} |", name_of(model), 100 * noise, cases);
            for (auto [count, pairing] :
                 {std::pair{5, Pairing::kIndependent}, std::pair{10, Pairing::kIndependent},
                  std::pair{10, Pairing::kByRound}, std::pair{20, Pairing::kIndependent}}) {
                VerdictTrial trial;
                trial.model = model;
                trial.noise = noise;
                trial.cases = cases;
                trial.slow = 1;
                trial.samples = static_cast<std::size_t>(count);
                trial.pairing = pairing;
                fmt::print(" {} |",
                           percent(verdict_errors(trial, cases > 8 ? kTrials / 4 : kTrials).found));
            }
            fmt::print("\n");
        }
    }
}

void print_pareto() {
    constexpr int kTrials = 1000;
    struct Family {
        const char* name;
        std::vector<double> speeds, qualities;
    };
    const Family families[] = {
        {"8 equal cases", std::vector<double>(8, 1), std::vector<double>(8, 0)},
        {"8 equal speeds, one quality ahead", std::vector<double>(8, 1), {0, 0, 0, 0, 0, 0, 0, 1}},
        {"8 on a staircase of 10 % and 1 sd",
         {1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7},
         {7, 6, 5, 4, 3, 2, 1, 0}},
        {"4 on a staircase, 4 behind them by 10 % and 1 sd",
         {1, 1.3, 1.6, 1.9, 0.9, 1.2, 1.5, 1.8},
         {6, 4, 2, 0, 5, 3, 1, -1}},
    };
    fmt::print(
        "\n## Pareto frontier\n\nTrials in which any mark is false, and cases that are "
        "marked, %; noise of speeds 2 %, 150 frames with neighbors correlated by 0.7; {} "
        "trials.\n\n| cases | n | any false | marked |\n|---|---|---|---|\n",
        kTrials);
    for (const Family& family : families) {
        for (std::size_t count : {5, 10, 20}) {
            const ParetoErrors errors =
                pareto_errors(family.speeds, family.qualities, count, kTrials);
            fmt::print("| {} | {} | {} | {} |\n", family.name, count, percent(errors.any_false),
                       percent(errors.decided));
        }
    }
}

}  // namespace
}  // namespace closet::bench

int main() {
    using namespace closet::bench;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // so that a long run can be watched
    print_median_coverage();
    print_block_coverage();
    print_clip_coverage();
    print_ratio_coverage();
    print_best();
    print_verdicts();
    print_pareto();
}
