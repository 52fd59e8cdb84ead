#include "closet/fit/fit_settings.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "closet/fit/fit_options.h"
#include "closet/fit/unit_settings.h"
#include "closet/option_binding.h"
#include "core/error.h"

namespace closet {
namespace {

/// `fit`'s parser and what it fills.
struct Parser {
    FitCommandOptions options;
    CLI::App app;
    /// Those that say how a clip is rendered.
    std::vector<std::pair<Option, const CLI::Option*>> settings;

    Parser() {
        add_fit_options(app, options);
        for (Option& option : options_of(options)) {
            if (option.is_setting) {
                const CLI::Option* parsed = app.get_option("--" + key_of(option));
                settings.emplace_back(std::move(option), parsed);
            }
        }
    }

    void parse(const std::vector<std::pair<std::string, std::string>>& given) {
        std::vector<std::string> arguments;  // CLI11 takes them in reverse order
        for (auto it = given.rbegin(); it != given.rend(); ++it) {
            arguments.push_back(fmt::format("--{}={}", it->first, it->second));
        }
        try {
            app.parse(arguments);
        } catch (const CLI::ParseError& error) {
            throw ConfigError(error.what());
        }
    }
};

}  // namespace

void FitSettings::add_to(CLI::App& app) {
    const Parser fit;
    for (const auto& [declared, option] : fit.settings) {
        CLI::Option* mirrored = nullptr;
        if (is_flag(*option)) {
            mirrored = app.add_flag(declared.names);
        } else {
            mirrored = app.add_option(declared.names)
                           ->type_name(option->get_type_name())
                           ->expected(1)
                           ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
        mirrored->description(option->get_description())
            ->group(option->get_group())
            ->default_str(option->get_default_str());
        options_.emplace_back(key_of(declared), mirrored);
    }
}

GivenSettings FitSettings::given() const {
    GivenSettings all;
    for (const auto& [name, option] : options_) {
        if (option->count() == 0) {
            continue;
        }
        if (is_flag(*option)) {
            all.emplace_back(name, std::vector<std::string>{option->as<bool>() ? "true" : "false"});
        } else {
            all.emplace_back(name, option->results());
        }
    }
    return all;
}

GivenSettings with_chosen_garments(GivenSettings given) {
    GarmentOptions chosen;
    const auto is_of = [](const std::string& name, std::string_view flag) {
        return flag.ends_with("--" + name);
    };
    for (const auto& [name, values] : given) {
        chosen.clip = is_of(name, flags::kClipModel) ? values.back() : chosen.clip;
    }
    for (auto& [name, values] : given) {
        if (is_of(name, flags::kGarment)) {
            chosen.garments = values;
            choose_garments(chosen, {});
            values = chosen.garments;
        }
    }
    return given;
}

FitSetting parse_fit_settings(const std::vector<std::pair<std::string, std::string>>& settings) {
    Parser parser;
    parser.parse(settings);
    resolve_fit_options(parser.options);
    GarmentOptions& garments = parser.options.garments;
    return {std::move(parser.options.fit), outfit_of(garments), std::move(garments.cutter)};
}

FitCommandOptions parse_fit_command(std::vector<std::pair<std::string, std::string>> settings,
                                    const std::vector<std::pair<std::string, std::string>>& later) {
    const auto frames = std::make_shared<Parser>();
    frames->parse(settings);
    resolve_fit_options(frames->options);
    settings.insert(settings.end(), later.begin(), later.end());
    Parser parser;
    parser.parse(settings);
    resolve_fit_options(parser.options);
    parser.options.fit.unit_settings = [frames] {
        UnitSettings all = unit_settings(frames->options, frames->app);
        add_files(all, frames->options);
        return all;
    };
    return std::move(parser.options);
}

std::vector<std::pair<std::string, std::string>> all_fit_settings(
    const std::vector<std::pair<std::string, std::string>>& settings) {
    Parser parser;
    parser.parse(settings);
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [declared, option] : parser.settings) {
        std::string text = option->get_default_str();
        if (option->count() > 0) {
            text = joined(option->reduced_results());
        }
        if (!text.empty()) {
            all.emplace_back(key_of(declared), text);
        }
    }
    return all;
}

}  // namespace closet
