#include "bench/sweep/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/result/json_fields.h"
#include "bench/sweep/runner.h"
#include "core/error.h"

namespace closet::bench {
namespace {

using Texts = std::map<std::string, std::string>;  ///< by name of a setting

bool is_swept(const std::vector<Axis>& axes, std::string_view name) {
    return std::any_of(axes.begin(), axes.end(),
                       [&](const Axis& axis) { return axis.name == name; });
}

void check_axes(const std::vector<Axis>& axes, Layout layout, const Texts& base) {
    std::set<std::string> names;
    for (const Axis& axis : axes) {
        if (!names.insert(axis.name).second) {
            throw ConfigError(
                fmt::format("--{0} is swept twice: give one list, --{0} a,b,c", axis.name));
        }
    }
    for (const AxisInfo& axis : all_axes()) {
        const bool rules = is_swept(axes, axis.name) ? layout == Layout::kProduct
                                                     : base.contains(std::string(axis.name));
        if (rules && is_swept(axes, axis.overrides)) {
            throw ConfigError(
                fmt::format("--{0} overrides --{1}, so the values of --{1} would all measure the "
                            "same: sweep one of them",
                            axis.name, axis.overrides));
        }
    }
    std::size_t cases = 1;
    for (const Axis& axis : axes) {
        cases =
            layout == Layout::kProduct ? cases * axis.values.size() : cases + axis.values.size();
        if (cases > kMaximumCases) {
            throw ConfigError(
                fmt::format("the sweep has more than {} cases: give fewer values or leave out {}",
                            kMaximumCases, flags::kProduct));
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
std::vector<Setting> settings_around(const std::vector<Axis>& axes, const Texts& base,
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

std::vector<Case> plan_one_at_a_time(const std::vector<Axis>& axes, const Texts& base) {
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

/// A case's settings as a key that does not depend on how numbers are written.
Texts key_of(const Case& measured) {
    Texts key;
    for (const auto& [name, value] : measured.settings) {
        key[name] = shortest_number(value);
    }
    return key;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names;
}

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

std::vector<Case> plan_cases(const std::vector<Axis>& axes, Layout layout, const Texts& base) {
    check_axes(axes, layout, base);
    std::vector<Case> cases =
        layout == Layout::kProduct ? plan_product(axes) : plan_one_at_a_time(axes, base);
    group_by_load(cases);
    return cases;
}

SweepPlan plan_sweep(const std::vector<GivenSetting>& given, const Texts& defaults, Layout layout) {
    SweepPlan plan;
    Texts base_by_name = defaults;
    const auto add_to_base = [&](const std::string& name, const std::string& value) {
        plan.base.emplace_back(name, value);
        base_by_name[name] = value;
    };
    for (const auto& [name, values] : given) {
        if (find_axis(name) == nullptr) {
            for (const std::string& value : values) {
                add_to_base(name, value);
            }
            continue;
        }
        Axis axis = parse_axis(name, fmt::format("{}", fmt::join(values, ",")));
        if (axis.values.size() == 1) {
            add_to_base(name, axis.values.front());
        } else {
            plan.axes.push_back(std::move(axis));
        }
    }
    plan.cases = plan_cases(plan.axes, layout, base_by_name);
    return plan;
}

std::vector<Setting> settings_of(const SweepPlan& plan, const Case& planned) {
    std::vector<Setting> settings = plan.base;
    settings.insert(settings.end(), planned.settings.begin(), planned.settings.end());
    return settings;
}

std::size_t take_over(Sweep& sweep, Sweep earlier, const std::string& where) {
    const std::string kRemedy =
        fmt::format("leave out {} to measure everything anew", flags::kResume);
    const std::vector<Difference> differences =
        find_differences(earlier.context, sweep.context, Likeness::kOneResult);
    if (!differences.empty()) {
        const auto& [name, there, here] = differences.front();
        const auto shown = [](const std::string& text) {
            return text.empty() ? std::string("nothing") : excerpt(text);
        };
        throw ConfigError(fmt::format(
            "{} {}: it was measured under other conditions ({}: {} there, {} here{}); {}",
            flags::kResume, where, name, shown(there), shown(here),
            differences.size() > 1 ? fmt::format(" and {} more", differences.size() - 1) : "",
            kRemedy));
    }
    if (sorted(earlier.axes) != sorted(sweep.axes)) {
        throw ConfigError(fmt::format("{} {}: it sweeps {} and not {}; {}", flags::kResume, where,
                                      fmt::join(earlier.axes, " "), fmt::join(sweep.axes, " "),
                                      kRemedy));
    }
    std::map<Texts, Case> finished;
    for (Case& measured : earlier.cases) {
        if (is_finished(measured)) {
            finished.insert_or_assign(key_of(measured), std::move(measured));
        }
    }
    std::size_t taken = 0;
    for (Case& planned : sweep.cases) {
        if (auto node = finished.extract(key_of(planned))) {
            // Id and settings as planned now: the layout or the writing of numbers may differ.
            node.mapped().id = planned.id;
            node.mapped().settings = planned.settings;
            planned = std::move(node.mapped());
            ++taken;
        }
    }
    return taken;
}

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
