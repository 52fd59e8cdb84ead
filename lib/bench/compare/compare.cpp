#include "bench/compare/compare.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/compare/verdict.h"
#include "bench/stats/pareto.h"
#include "core/error.h"

namespace closet::bench {
namespace {

/// What has to be alike, by name.
std::map<std::string, std::string> conditions_of(const Context& context) {
    std::map<std::string, std::string> conditions;
    for (const auto& [name, value] : context.settings) {
        conditions["--" + name] = value;
    }
    conditions["processor"] = context.cpu;
    conditions["cores"] = fmt::format("{}", context.cores);
    conditions["GPU"] = context.gpu;
    conditions["clip"] = context.clip_sha256;
    conditions["frames"] = fmt::format("{}", context.frames);
    conditions["garment"] = context.garment_sha256;
    conditions["measured time"] = context.contains;
    conditions["build type"] = context.build_type;
    return conditions;
}

std::vector<std::string> find_unlike(const Context& base, const Context& next) {
    auto there = conditions_of(base), here = conditions_of(next);
    for (const auto& [name, value] : there) {
        here.try_emplace(name, "");
    }
    std::vector<std::string> unlike;
    for (const auto& [name, value] : here) {
        if (const std::string& other = there[name]; other != value) {
            const auto shown = [](const std::string& text) {
                return text.empty() ? std::string("none") : text.substr(0, 60);
            };
            unlike.push_back(
                fmt::format("{}: {} in the base, {} in the new", name, shown(other), shown(value)));
        }
    }
    return unlike;
}

const Case* find_case(const Sweep& sweep, const std::string& id) {
    const auto found = std::find_if(sweep.cases.begin(), sweep.cases.end(),
                                    [&](const Case& measured) { return measured.id == id; });
    return found == sweep.cases.end() ? nullptr : &*found;
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
    const auto digest_of = [](const Case& measured) {
        const auto good = std::find_if(measured.samples.begin(), measured.samples.end(),
                                       [](const Sample& sample) { return sample.counts(); });
        return good == measured.samples.end() ? std::string() : good->work.poses_digest;
    };
    const std::string digest = digest_of(base);
    return !digest.empty() && digest == digest_of(next);
}

/// `figure` of a quality is compared in all pairs that have it; `sign` is -1 where less is better.
void judge_quality(const std::vector<Pair>& pairs, const CompareOptions& options,
                   Estimate Quality::*figure, double sign,
                   std::optional<FigureChange> CaseChange::*result) {
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
            FigureChange{(*pair.base->quality).*figure, (*pair.next->quality).*figure, changes[i]};
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
        throw ConfigError(fmt::format(
            "the two results were not measured alike ({}); measure again, or compare them anyway "
            "with --force",
            fmt::join(comparison.differences, "; ")));
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

}  // namespace closet::bench
