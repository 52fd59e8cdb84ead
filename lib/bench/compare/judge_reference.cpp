#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/compare/verdict.h"
#include "bench/stats/multiple.h"
#include "bench/stats/ratio.h"

namespace closet::bench {
namespace {

/// What the system that this one succeeds called optimal after one sample of each value.
struct Published {
    std::string_view axis, value;
};
constexpr std::array<Published, 3> kPublished{
    {{"batch", "5"}, {"scale", "0.5"}, {"interval", "0.04"}}};

std::optional<std::string> value_of(const Case& measured, std::string_view axis) {
    const auto found = std::find_if(measured.settings.begin(), measured.settings.end(),
                                    [&](const Setting& s) { return s.first == axis; });
    return found == measured.settings.end() ? std::nullopt : std::optional(found->second);
}

bool is_value(const std::string& text, std::string_view value) {
    double a = 0, b = 0;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), a);
    const auto second = std::from_chars(value.data(), value.data() + value.size(), b);
    return first.ec == std::errc() && second.ec == std::errc() && a == b;
}

bool differ_in_only(const Case& a, const Case& b, std::string_view axis) {
    const auto others_of = [&](const Case& measured) {
        std::vector<Setting> others;
        std::copy_if(measured.settings.begin(), measured.settings.end(), std::back_inserter(others),
                     [&](const Setting& s) { return s.first != axis; });
        return others;
    };
    return others_of(a) == others_of(b);
}

/// "keypoint error 0.9 % against 1.4 %"; empty where either is not known.
std::string describe_errors(const Case& a, const Case& b) {
    if (!a.quality || !b.quality) {
        return {};
    }
    const auto text = [](const Estimate& error) {
        return fmt::format("{:.2f} % ({:.2f} to {:.2f})", error.value * 100, error.low * 100,
                           error.high * 100);
    };
    return fmt::format("; keypoint error {} against {}", text(a.quality->keypoint_error),
                       text(b.quality->keypoint_error));
}

std::string judge(const Published& published, const Case& reference,
                  const std::vector<const Case*>& cases, double level) {
    std::vector<std::vector<double>> speeds;
    std::size_t own = 0, fastest = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        speeds.push_back(speeds_by_round(*cases[i]));
        own = cases[i] == &reference ? i : own;
        fastest = cases[i]->frames_per_s->value > cases[fastest]->frames_per_s->value ? i : fastest;
    }
    const auto comparisons = compare_speeds_with_best(speeds, Pairing::kByRound, level);
    const std::string name = fmt::format("{} {}", published.axis, published.value);
    std::vector<std::string> best;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (comparisons[i].may_be_best) {
            best.push_back(value_of(*cases[i], published.axis).value_or(""));
        }
    }
    if (!comparisons[own].may_be_best) {
        const Case& winner = *cases[fastest];
        const Estimate ratio = speed_ratio(speeds[fastest], speeds[own], Pairing::kByRound, level);
        return fmt::format(
            "{} does not stand as the fastest: {} is {:.2f} times as fast ({:.2f} to {:.2f}){}",
            name, value_of(winner, published.axis).value_or(""), ratio.value, ratio.low, ratio.high,
            describe_errors(winner, reference));
    }
    if (best.size() == 1) {
        return fmt::format("{} stands: it is the fastest of {} values", name, cases.size());
    }
    return fmt::format("{} cannot be told from the fastest, nor can {} of the other {} values ({})",
                       name, best.size() - 1, cases.size() - 1, fmt::join(best, ", "));
}

}  // namespace

std::vector<std::string> judge_reference(const Sweep& sweep, double level) {
    std::vector<std::string> sentences;
    for (const Published& published : kPublished) {
        for (const Case& reference : sweep.cases) {
            const auto own = value_of(reference, published.axis);
            if (!own || !is_value(*own, published.value) || !reference.frames_per_s) {
                continue;
            }
            std::vector<const Case*> cases;
            for (const Case& measured : sweep.cases) {
                if (measured.frames_per_s && value_of(measured, published.axis) &&
                    differ_in_only(measured, reference, published.axis)) {
                    cases.push_back(&measured);
                }
            }
            if (cases.size() > 1) {
                sentences.push_back(judge(published, reference, cases, level));
                break;
            }
        }
    }
    return sentences;
}

}  // namespace closet::bench
