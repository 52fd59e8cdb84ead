#include "closet/config_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include "closet/option_binding.h"
#include "core/error.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigFlag = "--config";

/// A settings file is a page of text; a larger one is something else.
constexpr std::uintmax_t kMaxBytes = 1 << 20;

std::optional<std::string> config_path(const std::vector<std::string>& arguments) {
    const std::string with_value = std::string(kConfigFlag) + "=";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--") {
            break;
        }
        if (argument == kConfigFlag && i + 1 < arguments.size()) {
            return arguments[i + 1];
        }
        if (argument.starts_with(with_value)) {
            return argument.substr(with_value.size());
        }
    }
    return std::nullopt;
}

/// A key of a settings file: its section, its name, and what stands there.
struct Item {
    std::string section;
    std::string name;
    std::vector<std::string> values;
};

/// As the command line takes it.
std::string text_of(const toml::node& node, std::string_view key) {
    if (const auto* const text = node.as_string()) {
        return text->get();
    }
    if (const auto* const whole = node.as_integer()) {
        return fmt::format("{}", whole->get());
    }
    if (const auto* const number = node.as_floating_point()) {
        return fmt::format("{}", number->get());
    }
    if (const auto* const truth = node.as_boolean()) {
        return fmt::format("{}", truth->get());
    }
    throw ConfigError(
        fmt::format("line {}: '{}' is no text, number, true or false, nor a list of them",
                    node.source().begin.line, key));
}

Item item_of(std::string_view section, std::string_view key, const toml::node& node) {
    Item item{std::string(section), std::string(key), {}};
    if (const toml::array* const list = node.as_array()) {
        for (const toml::node& value : *list) {
            item.values.push_back(text_of(value, key));
        }
    } else {
        item.values.push_back(text_of(node, key));
    }
    return item;
}

/// Those without a section first: what a section says of the same key comes later and counts. An
/// empty section gives an item without a name.
std::vector<Item> items_of(const toml::table& table) {
    std::vector<Item> items;
    for (const auto& [key, node] : table) {
        if (!node.is_table()) {
            items.push_back(item_of("", key, node));
        }
    }
    for (const auto& [name, node] : table) {
        const toml::table* const section = node.as_table();
        if (section != nullptr && section->empty()) {
            items.push_back({std::string(name), "", {}});
        }
        for (const auto& [key, value] : section != nullptr ? *section : toml::table()) {
            items.push_back(item_of(name, key, value));
        }
    }
    return items;
}

std::vector<Item> read_items(const std::string& path) {
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
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) {
        throw ConfigError(fmt::format("--config {}: cannot read the file", path));
    }
    try {
        return items_of(toml::parse(text));
    } catch (const toml::parse_error& failure) {
        throw ConfigError(fmt::format("--config {}: line {}: {}", path, failure.source().begin.line,
                                      failure.description()));
    } catch (const ConfigError& failure) {
        throw ConfigError(fmt::format("--config {}: {}", path, failure.what()));
    }
}

bool is_section_of_another_command(const CLI::App& command, const std::string& section) {
    const auto siblings = command.get_parent()->get_subcommands({});
    return std::any_of(siblings.begin(), siblings.end(), [&](const CLI::App* sibling) {
        return sibling != &command && sibling->get_name() == section;
    });
}

/// Whether the text is what comes back where TOML takes it for a number.
bool is_number(const std::string& text) {
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(text.data(), end, whole); read.ptr == end) {
        return read.ec == std::errc() && fmt::format("{}", whole) == text;
    }
    double number = 0;
    const auto read = std::from_chars(text.data(), end, number);
    return read.ptr == end && read.ec == std::errc() && std::isfinite(number) &&
           fmt::format("{}", number) == text;
}

/// Numbers and booleans as they are, anything else in quotes. Nothing for what is no UTF-8, since
/// TOML is, and has no way to write other bytes. (toml++ writes whole tables, sorted by key and
/// without comments; settings are in the order of the help.)
std::optional<std::string> toml_value(const std::string& text) {
    if (is_number(text) || text == "true" || text == "false") {
        return text;
    }
    try {
        // Strings of JSON are strings of TOML but for one character.
        std::string quoted = nlohmann::json(text).dump();
        for (std::size_t at = 0; (at = quoted.find('\x7f', at)) != std::string::npos;) {
            quoted.replace(at, 1, "\\u007f");
        }
        return quoted;
    } catch (const nlohmann::json::type_error&) {
        return std::nullopt;
    }
}

}  // namespace

Option config_option(std::string& config) {
    return {.names = kConfigFlag,
            .group = "Run",
            .help = "settings in TOML: option names as keys",
            .value = &config,
            .placeholder = "FILE",
            .is_setting = false,
            .is_saved = false};
}

Option dry_run_option(bool& dry_run) {
    return {.names = "--dry-run",
            .group = "Run",
            .help = "print the resolved settings and stop",
            .value = &dry_run,
            .is_setting = false,
            .is_saved = false};
}

std::vector<std::string> with_config_file(const CLI::App& command,
                                          std::vector<std::string> arguments) {
    const auto path = config_path(arguments);
    // Behind flags of the program itself.
    const auto name = std::find_if(arguments.begin(), arguments.end(),
                                   [](const std::string& text) { return !text.starts_with('-'); });
    if (!path || name == arguments.end() || *name != command.get_name()) {
        return arguments;
    }
    std::vector<std::string> settings;
    for (const Item& item : read_items(*path)) {
        if (!item.section.empty() && item.section != command.get_name()) {
            if (is_section_of_another_command(command, item.section)) {
                continue;
            }
            throw ConfigError(
                fmt::format("--config {}: unknown section [{}]; sections are named after "
                            "subcommands",
                            *path, item.section));
        }
        if (item.name.empty()) {  // an empty section
            continue;
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
            settings.push_back(fmt::format("--{}={}", item.name, fmt::join(item.values, ",")));
            continue;
        }
        for (const std::string& value : item.values) {
            settings.push_back(fmt::format("--{}={}", item.name, value));
        }
    }
    arguments.insert(name + 1, settings.begin(), settings.end());
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
        const std::string& name = option->get_lnames().front();
        bool is_text = true;
        for (std::string& value : values) {
            const auto quoted = toml_value(value);
            is_text = is_text && quoted;
            value = quoted.value_or("");
        }
        if (!is_text) {
            text += fmt::format(
                "# {} is no UTF-8, so it cannot be here: give --{} beside --config\n", name, name);
            continue;
        }
        const std::string list = fmt::format("{}", fmt::join(values, ", "));
        text +=
            fmt::format("{} = {}\n", name, values.size() == 1 ? list : fmt::format("[{}]", list));
    }
    return text;
}

}  // namespace closet
