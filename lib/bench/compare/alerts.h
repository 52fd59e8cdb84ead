#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/result/metric.h"

namespace closet::flags {
inline constexpr const char* kAlert = "--alert";
}  // namespace closet::flags

namespace closet::bench {

/// A limit that must not be crossed: "latency_ms.p95>100" is crossed by 120.
struct Alert {
    /// Which values cross it: those > >= < <= `limit`.
    enum class Sign { kAbove, kAtLeast, kBelow, kAtMost };

    const Metric* metric = nullptr;
    Sign sign = Sign::kAbove;
    double limit = 0;
    std::string text;  ///< as given
};

/// Reads the value of --alert: a metric, one of > >= < <=, a number. Throws ConfigError.
Alert parse_alert(std::string_view text);

/// What came of alerts.
struct AlertReport {
    std::vector<std::string> crossed;  ///< a sentence for each case and alert; counts for the exit
                                       ///< code
    std::vector<std::string> unchecked;  ///< a sentence for each alert whose figure no case has
};

/// Compares the values (not the ends of intervals). Cases without figures are passed over.
AlertReport check_alerts(std::span<const Alert> alerts, std::span<const Case> cases);

}  // namespace closet::bench
