#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/result.h"
#include "bench/stats/ratio.h"
#include "bench/stats/verdict.h"

namespace closet::bench {

struct CompareOptions {
    double max_slowdown = 0.05;      ///< loss of speed that is allowed, 0.05: 5 %
    double max_quality_drop = 0.01;  ///< loss of PCK, and rise of keypoint error in shares of the
                                     ///< trunk, that is allowed
    double level = 0.95;  ///< no case is called worse falsely with this probability, all together
    Pairing pairing = Pairing::kIndependent;  ///< kByRound where both were measured in one run
    bool force = false;  ///< compare what was measured under different conditions
};

/// One figure of a case in both results.
struct FigureChange {
    Estimate base, next;
    Change change;  ///< > 0 better; of speeds as a fraction of the base's, else as a difference
};

struct CaseChange {
    std::string id;
    FigureChange speed;               ///< frames a second
    std::optional<FigureChange> pck;  ///< where both have quality
    std::optional<FigureChange> keypoint_error;
    std::string note;  ///< why nothing can be said; empty where something can

    /// The worst of all figures: worse, then inconclusive, same, better.
    Verdict verdict() const;
};

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

/// A line for each case, then a sentence; plain text for a terminal or a log.
std::string to_text(const Comparison& comparison, const CompareOptions& options);

}  // namespace closet::bench
