#include "bench/sweep/cases.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {
namespace {

using Base = std::map<std::string, std::string>;

bool is_swept(const std::vector<Axis>& axes, std::string_view name) {
    return std::any_of(axes.begin(), axes.end(),
                       [&](const Axis& axis) { return axis.name == name; });
}

void check(const std::vector<Axis>& axes, Layout layout, const Base& base) {
    std::set<std::string> names;
    for (const Axis& axis : axes) {
        if (!names.insert(axis.name).second) {
            throw ConfigError(
                fmt::format("--{0} is swept twice: give one list, --{0} a,b,c", axis.name));
        }
    }
    const bool every_rules =
        is_swept(axes, "every") ? layout == Layout::kProduct : base.contains("every");
    if (every_rules && is_swept(axes, "interval")) {
        throw ConfigError(
            "--every overrides --interval, so the values of --interval would all "
            "measure the same: sweep one of them");
    }
    std::size_t cases = 1;
    for (const Axis& axis : axes) {
        cases =
            layout == Layout::kProduct ? cases * axis.values.size() : cases + axis.values.size();
        if (cases > kMaximumCases) {
            throw ConfigError(
                fmt::format("the sweep has more than {} cases: give fewer values or "
                            "leave out --product",
                            kMaximumCases));
        }
    }
}

std::string join_id(const std::vector<Setting>& settings) {
    std::string id;
    for (const auto& [name, value] : settings) {
        id += fmt::format("{}{}={}", id.empty() ? "" : ",", name, shortest_number(value));
    }
    return id.empty() ? kDefaultCase : id;
}

Case make_case(std::string id, std::vector<Setting> settings) {
    Case planned;
    planned.id = std::move(id);
    planned.settings = std::move(settings);
    planned.stopped = StopReason::kInterrupted;  // what a killed sweep has done to it
    return planned;
}

/// The base settings of all axes, with `axis` at `value`.
std::vector<Setting> settings_around(const std::vector<Axis>& axes, const Base& base,
                                     std::string_view axis = {}, const std::string& value = {}) {
    std::vector<Setting> settings;
    for (const Axis& other : axes) {
        if (other.name == axis) {
            settings.emplace_back(other.name, value);
        } else if (const auto at = base.find(other.name); at != base.end()) {
            settings.emplace_back(other.name, at->second);
        }
    }
    return settings;
}

std::vector<Case> plan_one_at_a_time(const std::vector<Axis>& axes, const Base& base) {
    std::vector<Case> cases{make_case(kDefaultCase, settings_around(axes, base))};
    for (const Axis& axis : axes) {
        const auto at = base.find(axis.name);
        for (const std::string& value : axis.values) {
            if (at == base.end() || shortest_number(at->second) != shortest_number(value)) {
                cases.push_back(make_case(join_id({{axis.name, value}}),
                                          settings_around(axes, base, axis.name, value)));
            }
        }
    }
    return cases;
}

std::vector<Case> plan_product(const std::vector<Axis>& axes) {
    std::vector<std::vector<Setting>> points{{}};
    for (const Axis& axis : axes) {
        std::vector<std::vector<Setting>> longer;
        for (const auto& point : points) {
            for (const std::string& value : axis.values) {
                longer.push_back(point);
                longer.back().emplace_back(axis.name, value);
            }
        }
        points = std::move(longer);
    }
    std::vector<Case> cases;
    for (auto& point : points) {
        std::string id = join_id(point);
        cases.push_back(make_case(std::move(id), std::move(point)));
    }
    return cases;
}

/// The settings that need networks loaded, as one text.
std::string load_key(const Case& planned) {
    std::string key;
    for (const auto& [name, value] : planned.settings) {
        const AxisInfo* axis = find_axis(name);
        if (axis != nullptr && axis->reloads) {
            key += fmt::format("{}={}\n", name, value);
        }
    }
    return key;
}

/// Puts cases with the same networks together, groups in the order of their first cases.
void group_by_load(std::vector<Case>& cases) {
    std::map<std::string, std::size_t> rank;
    for (const Case& planned : cases) {
        rank.emplace(load_key(planned), rank.size());
    }
    std::stable_sort(cases.begin(), cases.end(), [&](const Case& a, const Case& b) {
        return rank.at(load_key(a)) < rank.at(load_key(b));
    });
}

}  // namespace

std::vector<Case> plan_cases(const std::vector<Axis>& axes, Layout layout, const Base& base) {
    check(axes, layout, base);
    std::vector<Case> cases =
        layout == Layout::kProduct ? plan_product(axes) : plan_one_at_a_time(axes, base);
    group_by_load(cases);
    return cases;
}

bool is_finished(const Case& measured) {
    return measured.failure.empty() &&
           (measured.stopped == StopReason::kNarrow || measured.stopped == StopReason::kTime) &&
           std::any_of(measured.samples.begin(), measured.samples.end(),
                       [](const Sample& sample) { return sample.counts(); });
}

}  // namespace closet::bench
