#include "models/networks/key_report.h"

#include <functional>
#include <numeric>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"

namespace closet {

namespace {

// A few keys of a kind, for a message: " (a, b and 7 more)".
std::string first_few(const std::vector<std::string>& keys) {
    constexpr std::size_t kShown = 3;
    constexpr std::size_t kLongest = 80;  // keys come from outside
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < keys.size() && i < kShown; ++i) {
        shown.push_back(keys[i].substr(0, kLongest));
    }
    const std::string more =
        keys.size() > kShown ? fmt::format(" and {} more", keys.size() - kShown) : std::string();
    return fmt::format(" ({}{})", fmt::join(shown, ", "), more);
}

std::vector<std::string> texts(const std::vector<KeyReport::Misshapen>& misshapen) {
    std::vector<std::string> result;
    for (const auto& entry : misshapen) {
        result.push_back(fmt::format("{} is {} and not {}", entry.key, fmt::join(entry.actual, "x"),
                                     fmt::join(entry.expected, "x")));
    }
    return result;
}

/// Statistics of normalizations and vectors of spectral ones, which are not trained.
bool is_statistic(std::string_view key) {
    return key.find(".running_") != std::string_view::npos || key.ends_with(".weight_u") ||
           key.ends_with(".weight_v");
}

}  // namespace

std::string KeyReport::summary() const {
    std::string text = fmt::format("{} of {} parameters match", matched, expected);
    const auto add = [&](const std::vector<std::string>& keys, std::string_view what) {
        if (!keys.empty()) {
            text += fmt::format(", {} {}{}", keys.size(), what, first_few(keys));
        }
    };
    add(missing, "missing");
    add(texts(misshapen), "of another shape");
    add(unexpected, "unexpected");
    return text;
}

std::vector<std::string> KeyReport::start_layers() const {
    std::set<std::string> layers;
    const auto add = [&](const std::string& key) { layers.insert(key.substr(0, key.rfind('.'))); };
    for (const std::string& key : missing) {
        add(key);
    }
    for (const Misshapen& entry : misshapen) {
        add(entry.key);
    }
    return {layers.begin(), layers.end()};
}

KeyReport report_keys(const Parameters& parameters, const StateDict& state) {
    KeyReport report;
    report.prefix = state.prefix();
    report.left_aside = state.left_aside();
    report.unexpected = state.strangers();
    std::set<std::string_view> asked;
    for (const Parameters::Request& request : parameters.requests()) {
        asked.insert(request.key);
        ++report.expected;
        if (!is_statistic(request.key)) {
            report.parameters += std::accumulate(request.shape.begin(), request.shape.end(),
                                                 std::int64_t{1}, std::multiplies<>());
        }
        if (request.found == nullptr) {
            report.missing.push_back(request.key);
        } else if (!request.fits()) {
            report.misshapen.push_back({request.key, request.shape, request.found->shape});
        } else {
            ++report.matched;
        }
    }
    for (const auto& [key, tensor] : state.tensors()) {
        if (asked.contains(key)) {
            continue;
        }
        if (parameters.is_left_aside(key)) {
            ++report.left_aside;
        } else {
            report.unexpected.push_back(key);
        }
    }
    return report;
}

void require_complete(const KeyReport& report, const std::string& name,
                      const std::string& architecture) {
    if (!report.complete()) {
        throw ModelError(fmt::format("{} does not fit {}: {}; {} uses it all the same", name,
                                     architecture, report.summary(), flags::kAllowPartial));
    }
}

void warn_of_start_values(const KeyReport& report, const std::string& name,
                          const std::string& architecture) {
    if (report.complete()) {
        return;
    }
    const auto layers = report.start_layers();
    log::warning(
        "{} as {}: {}{}{}", name, architecture, report.summary(),
        layers.empty() ? "" : "; these layers keep their start values: ", fmt::join(layers, ", "));
}

}  // namespace closet
