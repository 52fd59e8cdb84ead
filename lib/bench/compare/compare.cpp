#include "bench/compare/compare.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace closet::bench {
namespace {

/// What was not alike, in the order of the names.
std::vector<std::string> find_unlike(const Context& base, const Context& next) {
    std::vector<Difference> differences = find_differences(base, next, Likeness::kComparison);
    std::sort(differences.begin(), differences.end(),
              [](const Difference& a, const Difference& b) { return a.name < b.name; });
    std::vector<std::string> unlike;
    for (const auto& [name, there, here] : differences) {
        const auto shown = [](const std::string& text) {
            return text.empty() ? std::string("none") : text.substr(0, 60);
        };
        unlike.push_back(
            fmt::format("{}: {} in the base, {} in the new", name, shown(there), shown(here)));
    }
    return unlike;
}

/// A case that both results have, with its figures.
struct Pair {
    const Case* base;
    const Case* next;
    CaseChange* change;
};

void judge_speed(const std::vector<Pair>& pairs, const CompareOptions& options) {
    std::vector<Contrast> contrasts;
    for (const Pair& pair : pairs) {
        const auto speeds = options.pairing == Pairing::kByRound ? speeds_by_round : speeds_of;
        contrasts.push_back(log_ratio(speeds(*pair.next), speeds(*pair.base), options.pairing));
    }
    const auto changes = judge_speeds(contrasts, options.max_slowdown, options.level);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        pairs[i].change->speed = {*pairs[i].base->frames_per_s, *pairs[i].next->frames_per_s,
                                  changes[i]};
    }
}

/// Whether both cases found the very same poses on every frame.
bool has_same_poses(const Case& base, const Case& next) {
    const Work *one = work_of(base), *other = work_of(next);
    return one != nullptr && other != nullptr && !one->poses_digest.empty() &&
           one->poses_digest == other->poses_digest;
}

/// `figure` of a quality is compared in all pairs that have it; `sign` is -1 where less is better.
void judge_quality(const std::vector<Pair>& pairs, const CompareOptions& options,
                   Estimate Quality::*figure, double sign,
                   std::optional<MetricChange> CaseChange::*result) {
    std::vector<Contrast> contrasts;
    std::vector<const Pair*> with_quality;
    for (const Pair& pair : pairs) {
        if (!pair.base->quality || !pair.next->quality) {
            continue;
        }
        const Estimate &base = (*pair.base->quality).*figure, &next = (*pair.next->quality).*figure;
        if (has_same_poses(*pair.base, *pair.next) && base.value == next.value) {
            contrasts.push_back({});  // no difference, and that is certain
        } else {
            // Both are of one clip, but how they vary together is not kept: taking them for
            // independent is the cautious reading.
            contrasts.push_back(sign > 0 ? contrast_of(next, base) : contrast_of(base, next));
        }
        with_quality.push_back(&pair);
    }
    const auto changes = judge(contrasts, options.max_quality_drop, options.level);
    for (std::size_t i = 0; i < with_quality.size(); ++i) {
        const Pair& pair = *with_quality[i];
        pair.change->*result =
            MetricChange{(*pair.base->quality).*figure, (*pair.next->quality).*figure, changes[i]};
    }
}

int rank(Verdict verdict) {
    constexpr std::array kOrder{Verdict::kBetter, Verdict::kSame, Verdict::kInconclusive,
                                Verdict::kWorse};
    return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), verdict) - kOrder.begin());
}

Verdict worse_of(Verdict a, Verdict b) {
    return rank(a) >= rank(b) ? a : b;
}

bool is_called(Verdict verdict) {
    return verdict == Verdict::kBetter || verdict == Verdict::kWorse;
}

std::string percent(const Estimate& change) {
    if (!is_known(change)) {
        return fmt::format("{:+.1f} % (interval unknown)", change.value * 100);
    }
    return fmt::format("{:+.1f} % ({:+.1f} to {:+.1f})", change.value * 100, change.low * 100,
                       change.high * 100);
}

}  // namespace

Verdict CaseChange::verdict() const {
    if (!note.empty()) {
        return Verdict::kInconclusive;
    }
    Verdict worst = speed.change.verdict;
    for (const auto& figure : {pck, keypoint_error}) {
        if (figure) {
            worst = worse_of(worst, figure->change.verdict);
        }
    }
    return worst;
}

Verdict Comparison::verdict() const {
    if (cases.empty()) {
        return Verdict::kInconclusive;
    }
    Verdict worst = Verdict::kBetter;
    for (const CaseChange& change : cases) {
        worst = worse_of(worst, change.verdict());
    }
    return worst;
}

Comparison compare_results(const Sweep& base, const Sweep& next, const CompareOptions& options) {
    Comparison comparison;
    comparison.differences = find_unlike(base.context, next.context);
    if (!comparison.differences.empty() && !options.force) {
        throw ConfigError(
            fmt::format("the two results were not measured alike ({}); measure again, or compare "
                        "them anyway with {}",
                        fmt::join(comparison.differences, "; "), flags::kCompareForce));
    }
    for (const Case& measured : next.cases) {
        if (find_case(base, measured.id) == nullptr) {
            comparison.only_next.push_back(measured.id);
        }
    }
    comparison.cases.reserve(base.cases.size());  // pairs point into it
    std::vector<Pair> pairs;
    for (const Case& measured : base.cases) {
        const Case* other = find_case(next, measured.id);
        if (other == nullptr) {
            comparison.only_base.push_back(measured.id);
            continue;
        }
        CaseChange& change = comparison.cases.emplace_back();
        change.id = measured.id;
        if (measured.frames_per_s && other->frames_per_s) {
            pairs.push_back({&measured, other, &change});
            continue;
        }
        const Case& failed = measured.frames_per_s ? *other : measured;
        change.note = fmt::format("no figures in the {}: {}", &failed == other ? "new" : "base",
                                  failed.failure.empty() ? "not measured" : failed.failure);
    }
    if (comparison.cases.empty()) {
        throw ConfigError("the two results have no case in common; measure the same sweep twice");
    }
    judge_speed(pairs, options);
    judge_quality(pairs, options, &Quality::pck, 1, &CaseChange::pck);
    judge_quality(pairs, options, &Quality::keypoint_error, -1, &CaseChange::keypoint_error);
    return comparison;
}

std::vector<std::string> cases_to_confirm(const Comparison& comparison) {
    std::vector<std::string> ids;
    for (const CaseChange& change : comparison.cases) {
        if (change.note.empty() && is_called(change.speed.change.verdict)) {
            ids.push_back(change.id);
        }
    }
    return ids;
}

void confirm(Comparison& comparison, const Comparison& again) {
    for (CaseChange& change : comparison.cases) {
        const auto second =
            std::find_if(again.cases.begin(), again.cases.end(),
                         [&](const CaseChange& other) { return other.id == change.id; });
        if (second == again.cases.end() || !is_called(change.speed.change.verdict)) {
            continue;
        }
        if (!second->note.empty()) {
            change.note = second->note;
            continue;
        }
        change.speed_again = second->speed.change;
        if (change.speed_again->verdict != change.speed.change.verdict) {
            change.speed.change.verdict = Verdict::kInconclusive;
        }
    }
}

std::string to_text(const Comparison& comparison, const CompareOptions& options) {
    std::string text;
    for (const std::string& difference : comparison.differences) {
        text += fmt::format("warning: measured differently: {}\n", difference);
    }
    for (const CaseChange& change : comparison.cases) {
        text += fmt::format("{:<13} {}", name_of(change.verdict()), change.id);
        if (!change.note.empty()) {
            text += fmt::format("  {}\n", change.note);
            continue;
        }
        text += fmt::format("  {:.1f} -> {:.1f} frames/s, {}", change.speed.base.value,
                            change.speed.next.value, percent(change.speed.change.change));
        if (change.speed_again) {
            text += fmt::format("; measured again {}", percent(change.speed_again->change));
        }
        for (const auto& [name, figure] :
             {std::pair{"PCK@0.1", &change.pck}, {"keypoint error", &change.keypoint_error}}) {
            if (*figure && (*figure)->change.verdict != Verdict::kSame) {
                text += fmt::format("; {} {:.4f} -> {:.4f}, {}", name, (*figure)->base.value,
                                    (*figure)->next.value, name_of((*figure)->change.verdict));
            }
        }
        text += '\n';
    }
    for (const std::string& id : comparison.only_base) {
        text += fmt::format("gone          {}\n", id);
    }
    for (const std::string& id : comparison.only_next) {
        text += fmt::format("added         {}\n", id);
    }
    text += fmt::format(
        "{}: {} {} compared, {:.3g} % slower and {:.3g} % less quality allowed, {:.3g} % "
        "confidence "
        "over all of them\n",
        name_of(comparison.verdict()), comparison.cases.size(),
        comparison.cases.size() == 1 ? "case" : "cases", options.max_slowdown * 100,
        options.max_quality_drop * 100, options.level * 100);
    return text;
}

}  // namespace closet::bench
