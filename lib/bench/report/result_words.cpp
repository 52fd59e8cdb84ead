#include "bench/report/result_words.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

namespace closet::bench {

std::optional<std::string> setting_of(const Case& measured, std::string_view axis) {
    for (const auto& [name, value] : measured.settings) {
        if (name == axis) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string> varying_axes(const Sweep& sweep) {
    std::vector<std::string> axes;
    for (const std::string& axis : sweep.axes) {
        std::set<std::string> values;
        for (const Case& measured : sweep.cases) {
            values.insert(setting_of(measured, axis).value_or(""));
        }
        if (values.size() > 1) {
            axes.push_back(axis);
        }
    }
    return axes;
}

std::optional<double> number_in(std::string_view text) {
    const std::string whole(text);
    char* end = nullptr;
    const double number = std::strtod(whole.c_str(), &end);
    // strtod skips spaces in front and knows "inf" and hexadecimal numbers; settings have none.
    const bool plain = whole.find_first_not_of("+-.0123456789eE") == std::string::npos;
    if (whole.empty() || !plain || end != whole.c_str() + whole.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::string_view stop_text(const Case& measured) {
    switch (measured.stopped) {
        case StopReason::kNarrow:
            return "narrow";
        case StopReason::kTime:
            return "time";
        case StopReason::kBudget:
            return "budget";
        case StopReason::kInterrupted:
            return "interrupted";
        case StopReason::kFailed:
            break;
    }
    return "failed";
}

const CaseVerdict* verdict_on(const Case& measured, const SweepVerdict& verdict) {
    const auto found =
        std::find_if(verdict.cases.begin(), verdict.cases.end(),
                     [&](const CaseVerdict& entry) { return entry.id == measured.id; });
    return found == verdict.cases.end() ? nullptr : &*found;
}

std::vector<std::string> marks_of(const Case& measured, const SweepVerdict& verdict) {
    std::vector<std::string> marks;
    const CaseVerdict* entry = verdict_on(measured, verdict);
    if (entry == nullptr) {
        return marks;
    }
    if (!entry->excluded.empty()) {
        if (measured.frames_per_s) {
            marks.push_back("excluded: " + entry->excluded);
        }
        return marks;
    }
    if (entry->may_be_best) {
        marks.emplace_back("best");
    }
    if (!verdict.cheapest.empty() && verdict.cheapest == measured.id) {
        marks.emplace_back("cheapest");
    }
    if (entry->has_pareto) {
        marks.emplace_back(entry->pareto == ParetoMark::kFrontier    ? "frontier"
                           : entry->pareto == ParetoMark::kDominated ? "dominated"
                                                                     : "undecided");
    }
    return marks;
}

}  // namespace closet::bench
