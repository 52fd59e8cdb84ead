#include "core/option.h"

#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

template <class T>
constexpr bool is_number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

/// The number that an option holds now, where it is one.
std::optional<double> number_in(const Option::Value& value) {
    return std::visit(
        [](const auto& held) -> std::optional<double> {
            using Held = std::remove_cvref_t<decltype(held)>;
            if constexpr (std::is_pointer_v<Held>) {
                using Kept = std::remove_pointer_t<Held>;
                if constexpr (is_number<Kept>) {
                    return static_cast<double>(*held);
                } else if constexpr (std::is_same_v<Kept, std::optional<int>> ||
                                     std::is_same_v<Kept, std::optional<std::int64_t>> ||
                                     std::is_same_v<Kept, std::optional<double>>) {
                    return *held ? std::optional(static_cast<double>(**held)) : std::nullopt;
                }
            }
            return std::nullopt;
        },
        value);
}

bool holds(const OptionRange& range, double number) {
    return number >= range.least && number <= range.most &&
           !(range.above_least && number == range.least) &&
           (std::isfinite(number) || range == kAnyNumber);
}

}  // namespace

std::string to_string(const OptionRange& range) {
    if (std::isfinite(range.most)) {
        return fmt::format("between {} and {}", range.least, range.most);
    }
    if (std::isfinite(range.least)) {
        return fmt::format("{} {}", range.above_least ? "above" : "at least", range.least);
    }
    return "a number";
}

std::string key_of(const Option& option) {
    const auto dashes = option.names.find("--");
    const auto begin = dashes == std::string::npos ? 0 : dashes + 2;
    return option.names.substr(begin, option.names.find(',', begin) - begin);
}

void check_ranges(const std::vector<Option>& options) {
    for (const Option& option : options) {
        const std::optional<double> number = number_in(option.value);
        if (number && !holds(option.range, *number)) {
            throw ConfigError(
                fmt::format("--{} {} is not {}", key_of(option), *number, to_string(option.range)));
        }
    }
}

}  // namespace closet
