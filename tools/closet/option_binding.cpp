#include "closet/option_binding.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

std::pair<std::string, std::string> split_key_value(const Option& option, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        throw ConfigError(fmt::format("{} {}: not of the form key=value",
                                      option.names.substr(0, option.names.find(',')), text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

CLI::Option* last(CLI::Option* parsed) {
    return parsed->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

/// The check of a number, which the help shows as "1..256".
template <class Number>
void limit(CLI::Option& parsed, const OptionRange& range) {
    if (range == kAnyNumber) {
        return;
    }
    if (range == kFromZero) {
        parsed.check(CLI::NonNegativeNumber);
    } else if (range == kAboveZero) {
        parsed.check(CLI::PositiveNumber);
    } else {
        const auto least = static_cast<Number>(range.least);
        const auto most = static_cast<Number>(range.most);
        parsed.check(CLI::Range(least, most).description(fmt::format("{}..{}", least, most)));
    }
}

/// One overload for each kind of Option::Value.
struct Binder {
    CLI::App& app;
    const Option& option;

    CLI::Option* operator()(bool* value) const {
        CLI::Option* parsed = app.add_flag(option.names, *value, option.help);
        return *value ? parsed->default_str("true") : parsed;
    }

    template <class T>
    CLI::Option* operator()(T* value) const {
        CLI::Option* parsed = last(app.add_option(option.names, *value, option.help));
        parsed->capture_default_str();
        if constexpr (std::is_arithmetic_v<T>) {
            limit<T>(*parsed, option.range);
        }
        return parsed;
    }

    template <class T>
    CLI::Option* operator()(std::optional<T>* value) const {
        CLI::Option* parsed = last(app.add_option(option.names, *value, option.help));
        if constexpr (std::is_arithmetic_v<T>) {
            limit<T>(*parsed, option.range);
        }
        if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            parsed->default_str(*value ? fmt::format("{}", **value) : std::string());
        }
        return parsed;
    }

    CLI::Option* operator()(const std::function<void(double)>& take) const {
        CLI::Option* parsed =
            last(app.add_option_function<double>(option.names, take, option.help));
        limit<double>(*parsed, option.range);
        return parsed;
    }

    CLI::Option* operator()(const std::function<void(const std::string&)>& take) const {
        return last(app.add_option_function<std::string>(option.names, take, option.help));
    }

    CLI::Option* operator()(std::vector<std::string>* value) const {
        return app.add_option(option.names, *value, option.help)->allow_extra_args(false);
    }

    CLI::Option* operator()(KeyValues* value) const {
        const auto take = [value, declared = option](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
                value->push_back(split_key_value(declared, text));
            }
        };
        return app.add_option_function<std::vector<std::string>>(option.names, take, option.help)
            ->allow_extra_args(false);
    }
};

}  // namespace

CLI::Option* add_option(CLI::App& app, const Option& option) {
    CLI::Option* parsed = std::visit(Binder{app, option}, option.value);
    parsed->group(option.group)->configurable(option.is_saved);
    if (option.placeholder != nullptr) {
        parsed->type_name(option.placeholder);
    }
    if (!option.standard.empty()) {
        parsed->default_str(option.standard);
    }
    if (option.environment != nullptr) {
        parsed->envname(option.environment);
    }
    return parsed;
}

void add_options(CLI::App& app, const std::vector<Option>& options) {
    for (const Option& option : options) {
        add_option(app, option);
    }
}

bool is_flag(const CLI::Option& option) {
    return option.get_items_expected_max() == 0;
}

}  // namespace closet
