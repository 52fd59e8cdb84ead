#include "bench/compare/ranking.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/compare/clip_errors.h"
#include "bench/stats/clip_figure.h"
#include "bench/stats/multiple.h"
#include "bench/sweep/axis.h"

namespace closet::bench {
namespace {

constexpr double kMegabyte = 1e6;

std::string reason_to_exclude(const Case& measured, const Constraints& constraints) {
    if (!measured.frames_per_s) {
        return measured.failure.empty() ? "no figures" : measured.failure;
    }
    if (constraints.min_quality) {
        if (!measured.quality) {
            return "its quality was not measured";
        }
        if (measured.quality->pck.value < *constraints.min_quality) {
            return fmt::format("PCK@0.1 of {:.3f} is below {}", measured.quality->pck.value,
                               *constraints.min_quality);
        }
    }
    const double memory_mb = static_cast<double>(measured.peak_memory_bytes) / kMegabyte;
    if (constraints.max_memory_mb && memory_mb > *constraints.max_memory_mb) {
        return fmt::format("{:.0f} MB of memory are above {}", memory_mb,
                           *constraints.max_memory_mb);
    }
    if (constraints.max_latency_ms && measured.latency &&
        measured.latency->p95 > *constraints.max_latency_ms) {
        return fmt::format("a latency of {:.1f} ms (p95) is above {}", measured.latency->p95,
                           *constraints.max_latency_ms);
    }
    return {};
}

bool is_cheaper(const Case& a, const Case& b) {
    if (a.cpu_s_per_frame != b.cpu_s_per_frame) {
        return a.cpu_s_per_frame < b.cpu_s_per_frame;
    }
    return a.peak_memory_bytes < b.peak_memory_bytes;
}

void mark_pareto(const std::vector<const Case*>& cases, const std::vector<ClipFacts>& clips,
                 const std::vector<std::vector<double>>& speeds, double level,
                 std::vector<CaseStanding*>& standings) {
    if (cases.size() < 2 || std::any_of(cases.begin(), cases.end(),
                                        [](const Case* c) { return !c->quality.has_value(); })) {
        return;
    }
    const auto speed = [&](std::size_t a, std::size_t b) {
        return log_ratio(speeds[a], speeds[b], Pairing::kByRound);
    };
    std::vector<ErrorFrames> frames;
    for (const Case* measured : cases) {
        frames.emplace_back(*measured, clips);
    }
    // An error is better when it is smaller, so b less a. Frame by frame where both tell them; the
    // intervals of older results are taken for independent, which is the cautious reading.
    const auto quality = [&](std::size_t a, std::size_t b) {
        if (frames[a].can_be_paired_with(frames[b])) {
            return difference_over_clips(frames[b].clips(), frames[a].clips());
        }
        return contrast_of(cases[b]->quality->keypoint_error, cases[a]->quality->keypoint_error);
    };
    const std::vector<ParetoMark> marks = pareto(cases.size(), speed, quality, level);
    for (std::size_t i = 0; i < marks.size(); ++i) {
        standings[i]->pareto = marks[i];
        standings[i]->has_pareto = true;
    }
}

std::string rate_of(const Case& measured) {
    const Estimate& rate = *measured.frames_per_s;
    return fmt::format("{} ({:.1f} frames/s, {:.1f} to {:.1f})", measured.id, rate.value, rate.low,
                       rate.high);
}

/// The first few, and how many more there are.
std::string some_of(std::vector<std::string> names) {
    constexpr std::size_t kMost = 6;
    const std::size_t more = names.size() > kMost + 1 ? names.size() - kMost : 0;
    names.resize(names.size() - more);
    return fmt::format("{}{}", fmt::join(names, ", "),
                       more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string describe_best(const std::vector<const Case*>& best, const Case& cheapest,
                          std::size_t admissible) {
    if (best.size() == 1) {
        return fmt::format("the fastest is {}", rate_of(*best.front()));
    }
    std::vector<std::string> names;
    for (const Case* measured : best) {
        names.push_back(rate_of(*measured));
    }
    const std::string which =
        best.size() == admissible
            ? "no case can be told from the fastest"
            : fmt::format("{} cases cannot be told from the fastest", best.size());
    return fmt::format(
        "{}: {}; the cheapest of them is {} with {:.2f} ms of processor time a frame", which,
        some_of(names), cheapest.id, cheapest.cpu_s_per_frame * 1000);
}

std::string describe_frontier(const Ranking& ranking) {
    std::vector<std::string> frontier, undecided;
    for (const CaseStanding& entry : ranking.cases) {
        if (!entry.has_pareto) {
            continue;
        }
        if (entry.pareto == ParetoMark::kFrontier) {
            frontier.push_back(entry.id);
        } else if (entry.pareto == ParetoMark::kUndecided) {
            undecided.push_back(entry.id);
        }
    }
    if (frontier.empty() && undecided.empty()) {
        return {};
    }
    std::string text = "speed against keypoint error: ";
    text += frontier.empty() ? "no case is shown to be on the frontier"
                             : fmt::format("on the frontier {}", some_of(frontier));
    if (!undecided.empty()) {
        text += fmt::format("; undecided {}", some_of(undecided));
    }
    return text;
}

bool differ_in_only(const Case& a, const Case& b, std::string_view axis) {
    const auto others_of = [&](const Case& measured) {
        std::vector<Setting> others;
        std::copy_if(measured.settings.begin(), measured.settings.end(), std::back_inserter(others),
                     [&](const Setting& s) { return s.first != axis; });
        return others;
    };
    return others_of(a) == others_of(b);
}

/// "keypoint error 0.9 % against 1.4 %"; empty where either is not known.
std::string describe_errors(const Case& a, const Case& b) {
    if (!a.quality || !b.quality) {
        return {};
    }
    const auto text = [](const Estimate& error) {
        return fmt::format("{:.2f} % ({:.2f} to {:.2f})", error.value * 100, error.low * 100,
                           error.high * 100);
    };
    return fmt::format("; keypoint error {} against {}", text(a.quality->keypoint_error),
                       text(b.quality->keypoint_error));
}

std::string judge_optimum(const AxisInfo& axis, const Case& reference,
                          const std::vector<const Case*>& cases, double level) {
    std::vector<std::vector<double>> speeds;
    std::size_t own = 0, fastest = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        speeds.push_back(speeds_by_round(*cases[i]));
        own = cases[i] == &reference ? i : own;
        fastest = cases[i]->frames_per_s->value > cases[fastest]->frames_per_s->value ? i : fastest;
    }
    const auto comparisons = compare_speeds_with_best(speeds, Pairing::kByRound, level);
    const std::string name = fmt::format("{} {}", axis.name, axis.published_optimum);
    std::vector<std::string> best;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (comparisons[i].may_be_best) {
            best.push_back(setting_of(*cases[i], axis.name).value_or(""));
        }
    }
    if (!comparisons[own].may_be_best) {
        const Case& winner = *cases[fastest];
        const Estimate ratio = speed_ratio(speeds[fastest], speeds[own], Pairing::kByRound, level);
        return fmt::format(
            "{} does not stand as the fastest: {} is {:.2f} times as fast ({:.2f} to {:.2f}){}",
            name, setting_of(winner, axis.name).value_or(""), ratio.value, ratio.low, ratio.high,
            describe_errors(winner, reference));
    }
    if (best.size() == 1) {
        return fmt::format("{} stands: it is the fastest of {} values", name, cases.size());
    }
    return fmt::format("{} cannot be told from the fastest, nor can {} of the other {} values ({})",
                       name, best.size() - 1, cases.size() - 1, fmt::join(best, ", "));
}

}  // namespace

const CaseStanding* Ranking::find(std::string_view id) const {
    const auto found = std::find_if(cases.begin(), cases.end(),
                                    [&](const CaseStanding& entry) { return entry.id == id; });
    return found == cases.end() ? nullptr : &*found;
}

Ranking rank_cases(const Sweep& sweep, const Constraints& constraints, double level) {
    Ranking ranking;
    ranking.cases.resize(sweep.cases.size());
    std::vector<const Case*> cases;
    std::vector<CaseStanding*> standings;
    std::vector<std::vector<double>> speeds;
    for (std::size_t i = 0; i < sweep.cases.size(); ++i) {
        const Case& measured = sweep.cases[i];
        ranking.cases[i].id = measured.id;
        ranking.cases[i].excluded = reason_to_exclude(measured, constraints);
        if (ranking.cases[i].excluded.empty()) {
            cases.push_back(&measured);
            standings.push_back(&ranking.cases[i]);
            speeds.push_back(speeds_by_round(measured));
        }
    }
    if (cases.size() < 2) {
        ranking.sentences.emplace_back(cases.empty()
                                           ? "no case has figures and keeps the constraints"
                                           : "one case is no comparison");
        return ranking;
    }
    const auto comparisons = compare_speeds_with_best(speeds, Pairing::kByRound, level);
    std::vector<const Case*> best;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        standings[i]->lead = comparisons[i].behind_best;
        standings[i]->may_be_best = comparisons[i].may_be_best;
        if (comparisons[i].may_be_best) {
            best.push_back(cases[i]);
            ranking.best.push_back(cases[i]->id);
        }
    }
    mark_pareto(cases, sweep.context.clips, speeds, level, standings);
    if (!best.empty()) {
        const Case& cheapest =
            **std::min_element(best.begin(), best.end(),
                               [](const Case* a, const Case* b) { return is_cheaper(*a, *b); });
        ranking.cheapest = cheapest.id;
        ranking.sentences.push_back(describe_best(best, cheapest, cases.size()));
    }
    if (std::string frontier = describe_frontier(ranking); !frontier.empty()) {
        ranking.sentences.push_back(std::move(frontier));
    }
    return ranking;
}

std::vector<std::string> judge_published(const Sweep& sweep, double level) {
    std::vector<std::string> sentences;
    for (const AxisInfo& axis : all_axes()) {
        if (axis.published_optimum.empty()) {
            continue;
        }
        for (const Case& reference : sweep.cases) {
            const auto own = setting_of(reference, axis.name);
            if (!own || shortest_number(*own) != axis.published_optimum ||
                !reference.frames_per_s) {
                continue;
            }
            std::vector<const Case*> cases;
            for (const Case& measured : sweep.cases) {
                if (measured.frames_per_s && setting_of(measured, axis.name) &&
                    differ_in_only(measured, reference, axis.name)) {
                    cases.push_back(&measured);
                }
            }
            if (cases.size() > 1) {
                sentences.push_back(judge_optimum(axis, reference, cases, level));
                break;
            }
        }
    }
    return sentences;
}

}  // namespace closet::bench
