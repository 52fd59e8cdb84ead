#include "bench/compare/alerts.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

#include <fmt/format.h>

#include "bench/result/json_fields.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using Sign = Alert::Sign;

bool is_crossed(Sign sign, double value, double limit) {
    switch (sign) {
        case Sign::kAbove:
            return value > limit;
        case Sign::kAtLeast:
            return value >= limit;
        case Sign::kBelow:
            return value < limit;
        case Sign::kAtMost:
            return value <= limit;
    }
    return false;
}

std::string metric_names() {
    std::string names;
    for (const Metric& metric : all_metrics()) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", metric.name);
    }
    return names;
}

std::string with_unit(double value, const Metric& metric) {
    return fmt::format("{:.4g}{}{}", value, metric.unit.empty() ? "" : " ", metric.unit);
}

}  // namespace

Alert parse_alert(std::string_view text) {
    const std::size_t at = text.find_first_of("<>");
    if (at == std::string_view::npos) {
        throw ConfigError(
            fmt::format("{} {}: not of the form latency_ms.p95>100", flags::kAlert, excerpt(text)));
    }
    const bool has_equal = at + 1 < text.size() && text[at + 1] == '=';
    Alert alert;
    alert.text = text;
    alert.metric = find_metric(text.substr(0, at));
    if (alert.metric == nullptr) {
        throw ConfigError(fmt::format("{} {}: no figure is called '{}'; there are {}",
                                      flags::kAlert, excerpt(text), excerpt(text.substr(0, at)),
                                      metric_names()));
    }
    if (text[at] == '>') {
        alert.sign = has_equal ? Sign::kAtLeast : Sign::kAbove;
    } else {
        alert.sign = has_equal ? Sign::kAtMost : Sign::kBelow;
    }
    const std::string_view number = text.substr(at + (has_equal ? 2 : 1));
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), alert.limit);
    if (error != std::errc{} || end != number.data() + number.size() ||
        !std::isfinite(alert.limit)) {
        throw ConfigError(fmt::format("{} {}: '{}' is not a number", flags::kAlert, excerpt(text),
                                      excerpt(number)));
    }
    return alert;
}

AlertReport check_alerts(std::span<const Alert> alerts, std::span<const Case> cases) {
    AlertReport report;
    for (const Alert& alert : alerts) {
        bool is_known = false;
        for (const Case& measured : cases) {
            const auto figure =
                measured.failure.empty() ? alert.metric->of(measured) : std::nullopt;
            if (!figure || std::isnan(figure->value)) {
                continue;
            }
            is_known = true;
            if (is_crossed(alert.sign, figure->value, alert.limit)) {
                report.crossed.push_back(fmt::format(
                    "{}: {} is {}, which the alert {} forbids", measured.id, alert.metric->name,
                    with_unit(figure->value, *alert.metric), alert.text));
            }
        }
        if (!is_known) {
            report.unchecked.push_back(fmt::format("the alert {} was not checked: no case has a {}",
                                                   alert.text, alert.metric->name));
        }
    }
    return report;
}

}  // namespace closet::bench
