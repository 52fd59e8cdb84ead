#include "fit_settings.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "config_file.h"
#include "core/error.h"
#include "fit_options.h"

namespace closet {
namespace {

/// Options of `fit` that do not say how a clip is rendered, but which, where to and how it is told.
constexpr std::array<std::string_view, 14> kNotSettings{
    "help", "input", "output", "matte",  "summary", "save-poses",   "poses",
    "yes",  "quiet", "json",   "config", "dry-run", "no-overwrite", "serial"};

bool is_setting(const CLI::Option& option) {
    const auto& names = option.get_lnames();
    return !names.empty() &&
           std::find(kNotSettings.begin(), kNotSettings.end(), names.front()) == kNotSettings.end();
}

/// All names as CLI11 takes them: "-g,--garment", "--tuck,!--no-tuck".
std::string names_of(const CLI::Option& option) {
    std::string text;
    const auto add = [&](std::string_view mark, const std::string& name) {
        text += fmt::format("{}{}{}", text.empty() ? "" : ",", mark, name);
    };
    const auto& negative = option.get_fnames();
    const auto is_negative = [&](const std::string& name) {
        return std::find(negative.begin(), negative.end(), name) != negative.end();
    };
    for (const std::string& name : option.get_snames()) {
        add(is_negative(name) ? "!-" : "-", name);
    }
    for (const std::string& name : option.get_lnames()) {
        add(is_negative(name) ? "!--" : "--", name);
    }
    return text;
}

/// `fit`'s parser and what it fills.
struct Parser {
    FitCommandOptions options;
    CLI::App app;

    Parser() { add_fit_options(app, options); }

    void parse(const std::vector<std::pair<std::string, std::string>>& settings) {
        std::vector<std::string> arguments;  // CLI11 takes them in reverse order
        for (auto it = settings.rbegin(); it != settings.rend(); ++it) {
            arguments.push_back(fmt::format("--{}={}", it->first, it->second));
        }
        arguments.emplace_back("--input=clip");  // required there, and another's part here
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
    for (const CLI::Option* option : fit.app.get_options()) {
        if (!is_setting(*option)) {
            continue;
        }
        CLI::Option* mirrored = nullptr;
        if (is_flag(*option)) {
            mirrored = app.add_flag(names_of(*option));
        } else {
            mirrored = app.add_option(names_of(*option))
                           ->type_name(option->get_type_name())
                           ->expected(1)
                           ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
        mirrored->description(option->get_description())
            ->group(option->get_group())
            ->default_str(option->get_default_str());
        options_.emplace_back(option->get_lnames().front(), mirrored);
    }
}

std::vector<std::pair<std::string, std::vector<std::string>>> FitSettings::given() const {
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
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

FitSetting parse_fit_settings(const std::vector<std::pair<std::string, std::string>>& settings) {
    Parser parser;
    parser.parse(settings);
    resolve_fit_options(parser.options);
    return {std::move(parser.options.fit), std::move(parser.options.garment)};
}

std::vector<std::pair<std::string, std::string>> all_fit_settings(
    const std::vector<std::pair<std::string, std::string>>& settings) {
    Parser parser;
    parser.parse(settings);
    std::vector<std::pair<std::string, std::string>> all;
    for (const CLI::Option* option : parser.app.get_options()) {
        if (!is_setting(*option)) {
            continue;
        }
        std::string text = option->get_default_str();
        if (option->count() > 0) {
            text = fmt::format("{}", option->reduced_results().front());
        }
        if (!text.empty()) {
            all.emplace_back(option->get_lnames().front(), text);
        }
    }
    return all;
}

}  // namespace closet
