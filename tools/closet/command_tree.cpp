#include "closet/command_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "closet/option_binding.h"
#include "encode/libav_facts.h"
#include "fit/wardrobe.h"
#include "infer/parse/parser.h"
#include "infer/parse/silhouette.h"
#include "infer/pose_models.h"
#include "models/store/manifest.h"
#include "restore/restore_faces.h"
#include "warp/warps.h"

namespace closet {
namespace {

using Words = std::vector<std::string>;

/// Values of options that take others as well (files, a device's number, whatever libav knows), so
/// that the parser does not hold them to a set.
const std::map<std::string, Words, std::less<>>& known_values() {
    static const std::map<std::string, Words, std::less<>> values = [] {
        std::map<std::string, Words, std::less<>> known{
            {"--device", {"auto", "cpu", "cuda"}},
            {"--include", {"decode", "encode", "decode,encode"}},
            {"--output-format", {"y4m", "raw"}},
            {"--person", {"largest", "center", "all"}},
            {"--precision", {"auto", "fp32", "fp16", "bf16", "int8"}},
            {"--preset",
             {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
              "veryslow"}}};
        known["--vcodec"] = available_encoders();
        known["--vcodec"].push_back("none");
        const auto names = [](const auto& entries) {
            Words words;
            for (const auto& entry : entries) {
                words.emplace_back(entry.name);
            }
            return words;
        };
        known["--model"] = names(pose_models());
        known["MODEL"] = known["--model"];  // a placeholder
        known["--detector"] = names(person_detectors());
        known["--parser"] = names(parsers());
        known["--parser"].insert(known["--parser"].end(), {"auto", "none"});
        known["--silhouette"] = names(silhouettes());
        known["--silhouette"].insert(known["--silhouette"].end(), {"auto", "none"});
        known["--face-model"] = {InferOptions().face_model};
        known["--restore-face"] = {restore_face::kAuto, restore_face::kAlways, restore_face::kOff};
        known["--restore-model"] = {RestoreOptions().model};
        known["--clip-model"] = {kDefaultClip};
        known["--warp"] = names(warps());
        known["NAME"] = known["FILE or NAME"] = names(built_in_models());  // placeholders
        return known;
    }();
    return values;
}

constexpr std::string_view kFiles[] = {"FILE", "INPUT", "OUTPUT", "SOURCE",  "PHOTO",       "PLAN",
                                       "CLIP", "BASE",  "NEW",    "PROGRAM", "FILE or NAME"};
/// Options whose value is a name or a file.
constexpr std::string_view kNamesOrFiles[] = {"--model",      "--detector",      "--parser",
                                              "--face-model", "--restore-model", "--clip-model",
                                              "--silhouette"};

bool is_one_of(const auto& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// "positive" for CLI11's POSITIVE and the like.
std::string range_text(std::string text) {
    static const std::map<std::string, std::string, std::less<>> words{
        {"POSITIVE", "positive"}, {"NONNEGATIVE", "not negative"}};
    if (const auto found = words.find(text); found != words.end()) {
        return found->second;
    }
    for (const std::string_view type : {"INT in ", "UINT in ", "FLOAT in "}) {
        if (text.starts_with(type)) {
            return text.substr(type.size());
        }
    }
    return text;
}

void describe_value(const CLI::Option& option, OptionFacts& facts, std::set<std::string>& met) {
    const std::string type = option.get_type_name();
    const auto colon = type.find(':');
    facts.value = type.substr(0, colon);
    const std::string check = colon == std::string::npos ? "" : type.substr(colon + 1);
    if (check.starts_with('{') && check.ends_with('}')) {
        facts.choices = CLI::detail::split(check.substr(1, check.size() - 2), ',');
    } else {
        facts.range = range_text(check);
    }
    Words keys = facts.names;
    keys.push_back(facts.value);
    for (const std::string& key : keys) {
        if (const auto found = known_values().find(key); found != known_values().end()) {
            facts.choices = found->second;
            met.insert(key);
        }
        facts.takes_file = facts.takes_file || is_one_of(kNamesOrFiles, key);
    }
    facts.takes_file = facts.takes_file || is_one_of(kFiles, facts.value);
    facts.takes_folder = facts.value == "FOLDER";
}

OptionFacts describe(const CLI::Option& option, std::set<std::string>& met) {
    OptionFacts facts;
    for (const std::string& name : option.get_snames()) {
        facts.names.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        facts.names.push_back("--" + name);
    }
    facts.argument = option.get_name(true);
    facts.is_required = option.get_required();
    facts.group = option.get_group();
    facts.description = option.get_description();
    facts.standard = option.get_default_str();
    facts.environment = option.get_envname();
    if (!is_flag(option)) {
        facts.may_repeat = option.get_items_expected_max() > 1;
        describe_value(option, facts, met);
    }
    return facts;
}

CommandFacts describe(const CLI::App& app, const std::string& parent, std::set<std::string>& met) {
    CommandFacts facts;
    facts.path = parent.empty() ? app.get_name() : parent + " " + app.get_name();
    facts.description = app.get_description();
    facts.footer = app.get_footer();
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_group().empty()) {
            facts.options.push_back(describe(*option, met));
        }
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_group().empty()) {
            facts.commands.push_back(describe(*command, facts.path, met));
        }
    }
    return facts;
}

void add_all(const CommandFacts& command, std::vector<const CommandFacts*>& all) {
    all.push_back(&command);
    for (const CommandFacts& below : command.commands) {
        add_all(below, all);
    }
}

}  // namespace

CommandFacts facts_of(const CLI::App& program) {
    std::set<std::string> met;
    CommandFacts facts = describe(program, "", met);
    for (const auto& [name, values] : known_values()) {
        if (!met.contains(name)) {
            throw std::logic_error(fmt::format(
                "command_tree.cpp knows values of {}, which is no option any more", name));
        }
    }
    return facts;
}

std::vector<const CommandFacts*> all_commands(const CommandFacts& command) {
    std::vector<const CommandFacts*> all;
    add_all(command, all);
    return all;
}

std::string name_of(const CommandFacts& command) {
    return command.path.substr(command.path.rfind(' ') + 1);
}

std::vector<const OptionFacts*> arguments_of(const CommandFacts& command) {
    std::vector<const OptionFacts*> arguments;
    for (const OptionFacts& option : command.options) {
        if (!option.argument.empty()) {
            arguments.push_back(&option);
        }
    }
    return arguments;
}

}  // namespace closet
