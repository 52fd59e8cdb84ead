#include <algorithm>

#include "bench/compare/compare.h"

namespace closet::bench {
namespace {

bool is_called(Verdict verdict) {
    return verdict == Verdict::kBetter || verdict == Verdict::kWorse;
}

}  // namespace

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

}  // namespace closet::bench
