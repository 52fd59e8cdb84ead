#include "bench/plot/axis_plots.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

constexpr std::size_t kMostMarks = 16;  ///< values of an axis that all get a tick

/// Cases that differ in the plotted axis only.
struct Group {
    std::vector<Setting> others;
    std::vector<const Case*> cases;
};

std::vector<Setting> other_settings(const Case& measured, const std::vector<std::string>& others) {
    std::vector<Setting> settings;
    for (const std::string& axis : others) {
        settings.emplace_back(axis, setting_of(measured, axis).value_or(""));
    }
    return settings;
}

std::vector<Group> group_cases(const Sweep& sweep, const std::string& axis, MetricOf metric,
                               const std::vector<std::string>& others) {
    std::vector<Group> groups;
    std::map<std::vector<Setting>, std::size_t> known;
    for (const Case& measured : sweep.cases) {
        if (!setting_of(measured, axis)) {
            continue;
        }
        std::vector<Setting> key = other_settings(measured, others);
        const auto [at, is_new] = known.try_emplace(key, groups.size());
        if (is_new) {
            groups.push_back({std::move(key), {}});
        }
        groups[at->second].cases.push_back(&measured);
    }
    // One axis at a time: what the other axes' values add here are single points elsewhere.
    const auto is_line = [](const Group& group) { return group.cases.size() > 1; };
    if (std::any_of(groups.begin(), groups.end(), is_line)) {
        std::erase_if(groups, [&](const Group& group) { return !is_line(group); });
    }
    for (Group& group : groups) {
        std::erase_if(group.cases, [&](const Case* measured) { return !metric(*measured); });
    }
    std::erase_if(groups, [](const Group& group) { return group.cases.empty(); });
    return groups;
}

/// Places of an axis' values: numbers where all are, else side by side.
struct Places {
    PlotAxis axis;
    std::map<std::string, double> of;
    bool are_numbers = false;
};

Places place_values(const std::string& axis, const std::vector<Group>& groups) {
    std::vector<std::string> values;
    for (const Group& group : groups) {
        for (const Case* measured : group.cases) {
            std::string value = *setting_of(*measured, axis);
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                values.push_back(std::move(value));
            }
        }
    }
    Places places{.axis = {.label = axis}, .of = {}};
    const bool numeric = std::all_of(values.begin(), values.end(),
                                     [](const std::string& v) { return number_in(v).has_value(); });
    places.are_numbers = numeric;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double at = numeric ? *number_in(values[i]) : static_cast<double>(i);
        places.of[values[i]] = at;
        places.axis.marks.push_back(at);
        places.axis.names.push_back(values[i]);
    }
    if (numeric && !values.empty()) {
        const auto [low, high] =
            std::minmax_element(places.axis.marks.begin(), places.axis.marks.end());
        if (*low > 0 && *high >= kLogRatio * *low) {
            places.axis.scale = Scale::kLog;
        }
        if (values.size() > kMostMarks) {
            places.axis.marks.clear();
            places.axis.names.clear();
        }
    }
    return places;
}

/// How groups are told apart: each by itself while there are few, else by the setting that makes
/// the largest difference.
class GroupStyles {
  public:
    GroupStyles(const std::vector<Group>& groups, MetricOf metric) {
        if (groups.empty() || groups.front().others.empty()) {
            return;
        }
        if (groups.size() <= static_cast<std::size_t>(kStyles)) {
            for (std::size_t i = 0; i < groups.front().others.size(); ++i) {
                if (values_of(groups, i).size() > 1) {
                    told_.push_back(i);
                }
            }
            return;
        }
        double largest = -1;
        for (std::size_t i = 0; i < groups.front().others.size(); ++i) {
            const std::size_t values = values_of(groups, i).size();
            const double difference = difference_by(groups, i, metric);
            if (values > 1 && values <= static_cast<std::size_t>(kStyles) && difference > largest) {
                largest = difference;
                told_ = {i};
            }
        }
        is_muted_ = told_.empty();
    }

    /// Style and legend's name of a group; no name where one before had the same style.
    std::pair<int, std::string> of(const Group& group) {
        if (is_muted_) {
            return {-1, ""};
        }
        std::vector<std::string> words;
        for (const std::size_t i : told_) {
            words.push_back(group.others[i].first + "=" + group.others[i].second);
        }
        const std::string name = fmt::format("{}", fmt::join(words, ", "));
        const auto [at, is_new] = known_.try_emplace(name, static_cast<int>(known_.size()));
        return {at->second, is_new ? name : ""};
    }

  private:
    static std::set<std::string> values_of(const std::vector<Group>& groups, std::size_t i) {
        std::set<std::string> values;
        for (const Group& group : groups) {
            values.insert(group.others[i].second);
        }
        return values;
    }

    /// How far the means of the figure are apart that belong to the values of a setting.
    static double difference_by(const std::vector<Group>& groups, std::size_t i, MetricOf metric) {
        std::map<std::string, std::pair<double, double>> sums;  // of figures, and their count
        for (const Group& group : groups) {
            for (const Case* measured : group.cases) {
                auto& [sum, count] = sums[group.others[i].second];
                sum += metric(*measured)->value;
                ++count;
            }
        }
        double low = std::numeric_limits<double>::infinity(), high = -low;
        for (const auto& [value, sum] : sums) {
            low = std::min(low, sum.first / sum.second);
            high = std::max(high, sum.first / sum.second);
        }
        return high - low;
    }

    std::vector<std::size_t> told_;  ///< places of the settings that are named
    std::map<std::string, int> known_;
    bool is_muted_ = false;
};

}  // namespace

AxisValue axis_value_of(const Estimate& estimate) {
    if (!has_interval(estimate)) {
        return {estimate.value, std::nullopt, std::nullopt};
    }
    return {estimate.value, estimate.low, estimate.high};
}

std::string tooltip_of(const Case& measured, const Estimate& estimate) {
    return fmt::format("{}: {}", measured.id,
                       estimate_text(estimate, decimals_for(estimate.value)));
}

std::optional<XyPlot> plot_against(const Sweep& sweep, const std::string& axis, MetricOf metric,
                                   double width) {
    std::vector<std::string> others = varying_axes(sweep);
    std::erase(others, axis);
    const std::vector<Group> groups = group_cases(sweep, axis, metric, others);
    const Places places = place_values(axis, groups);
    if (places.of.size() < 2) {
        return std::nullopt;
    }
    XyPlot plot{.x = places.axis, .y = {}, .series = {}, .width = width};
    GroupStyles styles(groups, metric);
    for (const Group& group : groups) {
        auto [style, name] = styles.of(group);
        // Nothing lies between names.
        Series series{.name = std::move(name),
                      .style = style,
                      .line = places.are_numbers ? Line::kStraight : Line::kNone,
                      .points = {}};
        for (const Case* measured : group.cases) {
            const Estimate estimate = *metric(*measured);
            series.points.push_back({.x = {places.of.at(*setting_of(*measured, axis)), {}, {}},
                                     .y = axis_value_of(estimate),
                                     .label = "",
                                     .tooltip = tooltip_of(*measured, estimate)});
        }
        std::stable_sort(
            series.points.begin(), series.points.end(),
            [](const PlotPoint& a, const PlotPoint& b) { return a.x.value < b.x.value; });
        plot.series.push_back(std::move(series));
    }
    return plot;
}

ShortNames::ShortNames(const Sweep& sweep) : axes_(varying_axes(sweep)) {
    constexpr std::size_t kLongId = 20;
    use_ids_ =
        axes_.size() < 2 || std::all_of(sweep.cases.begin(), sweep.cases.end(),
                                        [](const Case& c) { return c.id.size() <= kLongId; });
}

std::string ShortNames::of(const Case& measured) const {
    if (use_ids_) {
        return measured.id;
    }
    std::vector<std::string> values;
    for (const std::string& axis : axes_) {
        values.push_back(setting_of(measured, axis).value_or("-"));
    }
    return fmt::format("{}", fmt::join(values, " · "));
}

std::string ShortNames::legend() const {
    return use_ids_ ? "" : fmt::format(" Cases are named {}.", fmt::join(axes_, " · "));
}

}  // namespace closet::bench
