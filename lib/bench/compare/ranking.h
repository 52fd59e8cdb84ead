#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/result/result.h"
#include "bench/stats/multiple.h"

namespace closet::bench {

/// What a case must keep to be considered at all.
struct Constraints {
    std::optional<double> min_quality;     ///< of PCK@0.1, 0..1
    std::optional<double> max_memory_mb;   ///< of the peak
    std::optional<double> max_latency_ms;  ///< of the 95th percentile
};

/// How a case stands among the admissible ones.
struct CaseStanding {
    std::string id;
    std::string excluded;  ///< why it is not admissible: no figures, or a constraint; else empty
    bool may_be_best = false;  ///< its speed cannot be told from the best's
    Estimate lead;             ///< its speed over that of the best other case (BestComparison)
    ParetoMark pareto = ParetoMark::kUndecided;  ///< of speed against keypoint error
    bool has_pareto = false;                     ///< false where no quality was measured
};

/// What a sweep says of its cases. No sentence states a difference without its interval.
struct Ranking {
    std::vector<CaseStanding> cases;  ///< one a case, in the sweep's order
    std::vector<std::string> best;    ///< ids of the cases that cannot be told from the fastest
    std::string cheapest;             ///< the one of `best` that takes least processor time a frame
    std::vector<std::string> sentences;

    /// How the case of that id stands; null where there is none.
    const CaseStanding* find(std::string_view id) const;
};

/// Speeds are compared with the best by round (compare_speeds_with_best): with probability `level`
/// every case that truly is the fastest, or as fast, is in the set of best cases. One case by
/// itself is not ranked. The Pareto marks, of speed against keypoint error, hold at the same level
/// (pareto). A constraint is kept where its metric's value keeps it.
Ranking rank_cases(const Sweep& sweep, const Constraints& constraints, double level = 0.95);

/// One sentence for each axis of which the system that this one succeeds published an "optimal"
/// value (AxisInfo::published_optimum): whether it stands here, against the other values of that
/// axis with everything else alike. Axes that the sweep does not vary are passed over.
std::vector<std::string> judge_published(const Sweep& sweep, double level = 0.95);

}  // namespace closet::bench
