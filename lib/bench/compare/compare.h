#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/result/result.h"
#include "bench/stats/multiple.h"

namespace closet::flags {
inline constexpr const char* kCompareForce = "--force";
}  // namespace closet::flags

namespace closet::bench {

/// How two results are compared.
struct CompareOptions {
    double max_slowdown = 0.05;      ///< loss of speed that is allowed, 0.05: 5 %
    double max_quality_drop = 0.01;  ///< loss of PCK, and rise of keypoint error in shares of the
                                     ///< trunk, that is allowed
    double level = 0.95;  ///< no case is called worse falsely with this probability, all together
    Pairing pairing = Pairing::kIndependent;  ///< kByRound where both were measured in one run
    bool force = false;  ///< compare what was measured under different conditions
};

/// One figure of a case in both results.
struct MetricChange {
    Estimate base, next;
    Change change;  ///< > 0 better; of speeds as a fraction of the base's, else as a difference
};

/// What became of one case.
struct CaseChange {
    std::string id;
    MetricChange speed;               ///< frames a second
    std::optional<MetricChange> pck;  ///< where both have quality
    std::optional<MetricChange> keypoint_error;
    std::string note;                   ///< why nothing can be said; empty where something can
    std::optional<Change> speed_again;  ///< of a second measurement, see Note [Said twice]

    /// The worst of all figures: worse, then inconclusive, same, better.
    Verdict verdict() const;
};

/// What became of all cases.
struct Comparison {
    std::vector<CaseChange> cases;       ///< those that both have, in the base's order
    std::vector<std::string> only_base;  ///< ids of cases that only one result has
    std::vector<std::string> only_next;
    std::vector<std::string> differences;  ///< of the conditions; only with `force`

    Verdict verdict() const;  ///< the worst of all cases; inconclusive without any
};

/// Compares two results case by case. Throws ConfigError where they were measured on different
/// machines, clips or with different settings (build and revision may differ) and `force` is not
/// set, or where no case is in both.
Comparison compare_results(const Sweep& base, const Sweep& next, const CompareOptions& options);

/// Note [Said twice]
/// On a shared machine a disturbance may last longer than the passes of one measurement, and then
/// no interval of that measurement covers it. So where both builds are at hand, a case that was
/// called faster or slower is measured once more, and what it is called holds only when it is
/// called the same again. False alarms come together by chance far less often than once; true
/// changes do.

/// Ids of the cases whose speed was called better or worse.
std::vector<std::string> cases_to_confirm(const Comparison& comparison);

/// Takes a second measurement of those cases into account: those that it does not call the same
/// become inconclusive.
void confirm(Comparison& comparison, const Comparison& again);

/// A line for each case, then a sentence; plain text for a terminal or a log.
std::string to_text(const Comparison& comparison, const CompareOptions& options);

}  // namespace closet::bench
