#include "bench/compare/ab.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace closet::bench {
namespace {

/// The setting that tells the builds apart while both are in one sweep; no option of fit.
constexpr std::string_view kBuild = "build";
constexpr std::string_view kBase = "base", kNext = "next";

/// Hands each case to the build that its settings name, without that setting.
class TwoBuilds : public CaseRunner {
  public:
    TwoBuilds(std::unique_ptr<CaseRunner> base, std::unique_ptr<CaseRunner> next)
        : base_(std::move(base)), next_(std::move(next)) {}

    Sample run(const std::vector<Setting>& settings, bool warm_up) override {
        std::vector<Setting> own;
        last_ = next_.get();
        for (const Setting& setting : settings) {
            if (setting.first != kBuild) {
                own.push_back(setting);
            } else if (setting.second == kBase) {
                last_ = base_.get();
            }
        }
        return last_->run(own, warm_up);
    }

    double model_load_s() const override { return last_ == nullptr ? 0 : last_->model_load_s(); }

  private:
    std::unique_ptr<CaseRunner> base_, next_;
    CaseRunner* last_ = nullptr;
};

Case of_build(Case measured, std::string_view build) {
    measured.id = fmt::format("{}/{}", build, measured.id);
    measured.settings.emplace_back(kBuild, build);
    return measured;
}

Case without_build(Case measured) {
    measured.id = measured.id.substr(measured.id.find('/') + 1);
    std::erase_if(measured.settings, [](const Setting& s) { return s.first == kBuild; });
    return measured;
}

}  // namespace

TwoSweeps run_ab(const Sweep& sweep, const SweepOptions& options, SweepHooks hooks,
                 const StartRunner& base, const StartRunner& next, const Clock& clock) {
    Sweep both = sweep;
    both.cases.clear();
    for (const Case& measured : sweep.cases) {
        both.cases.push_back(of_build(measured, kBase));
        both.cases.push_back(of_build(measured, kNext));
    }
    hooks.start = [&] { return std::make_unique<TwoBuilds>(base(), next()); };
    run_sweep(both, options, hooks, clock);
    TwoSweeps result{sweep, sweep};
    result.base.cases.clear();
    result.next.cases.clear();
    for (Case& measured : both.cases) {
        const bool is_base = measured.settings.back().second == kBase;
        (is_base ? result.base : result.next).cases.push_back(without_build(std::move(measured)));
    }
    return result;
}

std::vector<std::string> cases_with_other_work(const TwoSweeps& both) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < both.base.cases.size(); ++i) {
        const Work* base = work_of(both.base.cases[i]);
        const Work* next = work_of(both.next.cases[i]);
        if (base != nullptr && next != nullptr && *base != *next) {
            ids.push_back(both.base.cases[i].id);
        }
    }
    return ids;
}

AbResult compare_builds(Sweep sweep, const SweepOptions& options, const SweepHooks& hooks,
                        const StartRunner& base, const StartRunner& next, const Clock& clock,
                        CompareOptions compare,
                        const std::function<void(const TwoSweeps&)>& measured) {
    compare.pairing = Pairing::kByRound;
    AbResult result{run_ab(sweep, options, hooks, base, next, clock), {}};
    measured(result.both);
    result.comparison = compare_results(result.both.base, result.both.next, compare);
    const std::vector<std::string> called = cases_to_confirm(result.comparison);
    if (!called.empty() && !(hooks.interrupted && hooks.interrupted())) {
        std::erase_if(sweep.cases, [&](const Case& each) {
            return std::find(called.begin(), called.end(), each.id) == called.end();
        });
        ++sweep.context.seed;  // another order of passes
        const TwoSweeps again = run_ab(sweep, options, hooks, base, next, clock);
        confirm(result.comparison, compare_results(again.base, again.next, compare));
    }
    return result;
}

NoiseFloor noise_floor(const Comparison& comparison) {
    NoiseFloor floor;
    for (const CaseChange& change : comparison.cases) {
        if (!change.note.empty()) {
            continue;
        }
        const Estimate& speed = change.speed.change.change;
        floor.largest_change = std::max(floor.largest_change, std::abs(speed.value));
        floor.largest_bound =
            std::max({floor.largest_bound, std::abs(speed.low), std::abs(speed.high)});
        const Verdict verdict = change.speed.change.verdict;
        floor.false_alarm =
            floor.false_alarm || verdict == Verdict::kBetter || verdict == Verdict::kWorse;
    }
    return floor;
}

std::string to_text(const NoiseFloor& floor) {
    return fmt::format(
        "noise floor: the same build differed from itself by at most {:.2f} %, and changes up to "
        "{:.2f} % could not have been told from none{}",
        floor.largest_change * 100, floor.largest_bound * 100,
        floor.false_alarm ? "; a case was called better or worse: a false alarm" : "");
}

}  // namespace closet::bench
