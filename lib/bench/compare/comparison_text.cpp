#include <utility>

#include <fmt/format.h>

#include "bench/compare/compare.h"

namespace closet::bench {
namespace {

std::string percent(const Estimate& change) {
    if (!is_known(change)) {
        return fmt::format("{:+.1f} % (interval unknown)", change.value * 100);
    }
    return fmt::format("{:+.1f} % ({:+.1f} to {:+.1f})", change.value * 100, change.low * 100,
                       change.high * 100);
}

}  // namespace

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
