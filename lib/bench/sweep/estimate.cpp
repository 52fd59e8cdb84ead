#include "bench/sweep/estimate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace closet::bench {
namespace {

std::string duration_text(double seconds) {
    const auto whole = static_cast<long long>(std::ceil(seconds));
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    const long long minutes = (whole + 30) / 60;
    if (minutes < 60) {
        return fmt::format("{} min", minutes);
    }
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace

TimeEstimate estimate_time(std::size_t cases, double pass_s, const SweepOptions& options) {
    const StoppingOptions& stopping = options.stopping;
    const double limit = std::min(std::ceil(stopping.max_time_s / pass_s),
                                  static_cast<double>(stopping.max_repeats));
    const double wanted =
        std::max({static_cast<double>(stopping.min_repeats), static_cast<double>(options.processes),
                  std::ceil(stopping.min_time_s / pass_s)});
    const double warm_ups = options.warm_ups * std::min<double>(options.processes, limit);
    TimeEstimate estimate;
    estimate.least_s = static_cast<double>(cases) * pass_s * (warm_ups + std::min(wanted, limit));
    estimate.most_s = static_cast<double>(cases) * pass_s * (warm_ups + limit);
    if (options.budget_s) {
        estimate.least_s = std::min(estimate.least_s, *options.budget_s);
        estimate.most_s = std::min(estimate.most_s, *options.budget_s);
    }
    return estimate;
}

std::string to_text(const TimeEstimate& estimate) {
    const std::string least = duration_text(estimate.least_s);
    const std::string most = duration_text(estimate.most_s);
    return least == most ? "about " + least : fmt::format("between {} and {}", least, most);
}

}  // namespace closet::bench
