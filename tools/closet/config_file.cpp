#include "config_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/ranges.h>

#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

/// A settings file is a page of text; a larger one is something else.
constexpr std::uintmax_t kMaxBytes = 1 << 20;

std::optional<std::string> config_path(const std::vector<std::string>& arguments) {
    constexpr std::string_view kFlag = "--config";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--") {
            break;
        }
        if (argument == kFlag && i + 1 < arguments.size()) {
            return arguments[i + 1];
        }
        if (argument.starts_with(std::string(kFlag) + "=")) {
            return argument.substr(kFlag.size() + 1);
        }
    }
    return std::nullopt;
}

std::vector<CLI::ConfigItem> read_items(const std::string& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) {
        throw ConfigError(
            fmt::format("--config {}: cannot read the file: {}", path, error.message()));
    }
    if (size > kMaxBytes) {
        throw ConfigError(
            fmt::format("--config {}: the file has {} bytes, more than a settings file "
                        "can have; give a TOML file",
                        path, size));
    }
    try {
        return CLI::ConfigTOML().from_file(path);
    } catch (const std::exception& failure) {
        throw ConfigError(fmt::format("--config {}: {}", path, failure.what()));
    }
}

bool is_section_of_another_command(const CLI::App& command, const std::string& section) {
    const auto siblings = command.get_parent()->get_subcommands({});
    return std::any_of(siblings.begin(), siblings.end(), [&](const CLI::App* sibling) {
        return sibling != &command && sibling->get_name() == section;
    });
}

/// Numbers and booleans as they are, anything else in quotes.
std::string toml_value(const std::string& text) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && *end == '\0';
    if (is_number || text == "true" || text == "false") {
        return text;
    }
    return fmt::format("\"{}\"", text);
}

}  // namespace

bool is_flag(const CLI::Option& option) {
    return option.get_items_expected_max() == 0;
}

std::vector<std::string> with_config_file(const CLI::App& command,
                                          std::vector<std::string> arguments) {
    const auto path = config_path(arguments);
    const auto name = std::find(arguments.begin(), arguments.end(), command.get_name());
    if (!path || name != arguments.begin()) {
        return arguments;
    }
    std::vector<std::string> settings;
    for (const CLI::ConfigItem& item : read_items(*path)) {
        if (item.name == "++" || item.name == "--") {
            continue;  // CLI11's marks for the start and the end of a section
        }
        if (!item.parents.empty() && item.parents.front() != command.get_name()) {
            if (is_section_of_another_command(command, item.parents.front())) {
                continue;
            }
            throw ConfigError(
                fmt::format("--config {}: unknown section [{}]; sections are named after "
                            "subcommands",
                            *path, item.parents.front()));
        }
        const CLI::Option* option = command.get_option_no_throw("--" + item.name);
        if (option == nullptr || item.name == "config" || item.name == "help") {
            throw ConfigError(
                fmt::format("--config {}: unknown key '{}'; `closet {} --help` lists the "
                            "options",
                            *path, item.name, command.get_name()));
        }
        if (!option->get_envname().empty() &&
            std::getenv(option->get_envname().c_str()) != nullptr) {
            continue;
        }
        if (is_flag(*option)) {
            settings.push_back(fmt::format("--{}={}", item.name, fmt::join(item.inputs, ",")));
            continue;
        }
        for (const std::string& value : item.inputs) {
            settings.push_back(fmt::format("--{}={}", item.name, value));
        }
    }
    arguments.insert(arguments.begin() + 1, settings.begin(), settings.end());
    return arguments;
}

std::string settings_text(const CLI::App& command) {
    std::string text;
    for (const CLI::Option* option : command.get_options()) {
        if (!option->get_configurable() || option->get_lnames().empty()) {
            continue;
        }
        std::vector<std::string> values;
        if (option->count() > 0) {
            values = option->reduced_results();
        } else if (!option->get_default_str().empty()) {
            values = {option->get_default_str()};
        } else {
            continue;
        }
        std::transform(values.begin(), values.end(), values.begin(), toml_value);
        const std::string list = fmt::format("{}", fmt::join(values, ", "));
        text += fmt::format("{} = {}\n", option->get_lnames().front(),
                            values.size() == 1 ? list : fmt::format("[{}]", list));
    }
    return text;
}

}  // namespace closet
