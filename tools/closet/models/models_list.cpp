#include "closet/models/models_list.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bench/text/shown_text.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/models/models_command.h"
#include "core/error.h"
#include "core/json_string.h"
#include "infer/pose_models.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

struct Shown {
    bool json = false;
    std::vector<std::string> names;  ///< of verify; empty: all
};

nlohmann::json to_json(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    const char* const hash = entry.sha256.size() == 64 ? "sha256" : "sha256_prefix";
    nlohmann::json json{{"name", entry.name},
                        {"state", state_text(store, entry, file)},
                        {"path", store.path_of(entry).string()},
                        {"size", entry.size != 0 ? entry.size : file.size},
                        {hash, entry.sha256},
                        {"version", entry.version},
                        {"license", entry.license},
                        {"input", entry.input},
                        {"skeleton", entry.skeleton},
                        {"purpose", entry.purpose},
                        {"url", entry.url},
                        {"mirrors", entry.mirrors},
                        {"needs", entry.needs},
                        {"groups", entry.groups}};
    if (file.state == FileCheck::State::kDamaged) {
        json["problem"] = file.problem;
    }
    return json;
}

void print_json(const nlohmann::json& json) {
    // Another manifest's texts may hold anything.
    fmt::print("{}\n", json_string(json, 2));
}

/// One line, as wide as a screen; all there is to say where the user wants it.
void print_model(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    const std::string line =
        fmt::format("  {:<19} {:<13} {:>8}  {}", entry.name, state_text(store, entry, file),
                    size_text(file.size != 0 ? file.size : entry.size), entry.purpose);
    if (!console::is_verbose()) {
        fmt::print("{}\n", bench::shorten(line, kScreenWidth));
        return;
    }
    fmt::print("{}\n      {}\n", line, store.path_of(entry).string());
    const bool is_damaged = file.state == FileCheck::State::kDamaged;
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"from", entry.url},
                                      {"license", entry.license},
                                      {"version", entry.version},
                                      {"input", entry.input},
                                      {"needs", fmt::format("{}", fmt::join(entry.needs, ", "))},
                                      {"groups", fmt::format("{}", fmt::join(entry.groups, ", "))},
                                      {"problem", is_damaged ? file.problem : std::string()}}) {
        if (!value.empty()) {
            fmt::print("      {} {}\n", name, value);
        }
    }
}

/// Whether a model is fetched along with another one and nothing by itself, as a backbone is.
bool is_part(const ModelStore& store, const ModelEntry& entry) {
    const auto& detectors = person_detectors();
    if (entry.setup || std::any_of(detectors.begin(), detectors.end(), [&](const auto& detector) {
            return detector.name == entry.name;
        })) {
        return false;
    }
    return std::any_of(store.models().begin(), store.models().end(), [&](const ModelEntry& other) {
        return std::find(other.needs.begin(), other.needs.end(), entry.name) != other.needs.end();
    });
}

/// Whether a part is not simply there, or not there.
bool is_worth_a_word(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    return file.state != FileCheck::State::kAbsent && state_text(store, entry, file) != "installed";
}

int run_list(const Shown& shown) {
    const ModelStore store;
    nlohmann::json list = nlohmann::json::array();
    if (!shown.json) {
        fmt::print("Models in {}\n", store.folder().string());
    }
    for (const ModelEntry& entry : store.models()) {
        const FileCheck file = store.check(entry);
        if (shown.json) {
            list.push_back(to_json(store, entry, file));
        } else if (console::is_verbose() || is_worth_a_word(store, entry, file) ||
                   !is_part(store, entry)) {
            print_model(store, entry, file);
        }
    }
    if (shown.json) {
        print_json(list);
    } else if (!console::is_verbose()) {
        fmt::print("`closet models fetch NAME` gets one and its parts; --verbose tells more\n");
    }
    return kExitDone;
}

/// Named models must be there; of all the others, only what is there must be whole.
int run_verify(const Shown& shown) {
    const ModelStore store;
    std::vector<const ModelEntry*> entries;
    for (const std::string& name : shown.names) {
        entries.push_back(&store.model(name));
    }
    if (shown.names.empty()) {
        for (const ModelEntry& entry : store.models()) {
            entries.push_back(&entry);
        }
    }
    nlohmann::json list = nlohmann::json::array();
    int result = kExitDone;
    for (const ModelEntry* entry : entries) {
        const FileCheck file = store.check(*entry);
        const bool absent = file.state == FileCheck::State::kAbsent;
        const bool damaged = file.state == FileCheck::State::kDamaged;
        if (damaged || (absent && !shown.names.empty())) {
            result = kExitFailed;
        }
        if (shown.json) {
            list.push_back(to_json(store, *entry, file));
        } else {
            fmt::print("{:<7}  {:<20} {}{}\n", damaged ? "damaged" : (absent ? "absent" : "ok"),
                       entry->name, store.path_of(*entry).string(),
                       damaged ? " " + file.problem : "");
        }
    }
    if (shown.json) {
        print_json(list);
    }
    return result;
}

}  // namespace

std::string state_text(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    switch (file.state) {
        case FileCheck::State::kAbsent:
            return "absent";
        case FileCheck::State::kDamaged:
            return "damaged";
        case FileCheck::State::kReady:
            break;
    }
    if (!store.is_own(entry)) {
        return "installed";
    }
    return store.published(entry.name) != nullptr ? "other version" : "imported";
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "-";
    }
    const auto count = static_cast<double>(bytes);
    return bytes < 1'000'000 ? fmt::format("{:.1f} kB", count / 1e3)
                             : fmt::format("{:.1f} MB", count / 1e6);
}

Command add_models_list(CLI::App& models) {
    CLI::App* list = models.add_subcommand("list", "the models that are known and which are there");
    const auto shown = std::make_shared<Shown>();
    list->add_flag("--json", shown->json, "as JSON on stdout");
    return {list, [shown] { return run_list(*shown); }};
}

Command add_models_verify(CLI::App& models) {
    CLI::App* verify =
        models.add_subcommand("verify", "compare files with their hashes: ok, absent or damaged");
    verify->footer("Exit code 1: a file is damaged, or a model that was named is absent.");
    const auto shown = std::make_shared<Shown>();
    verify->add_option("name", shown->names, "models; none: all")->type_name("NAME");
    verify->add_flag("--json", shown->json, "as JSON on stdout");
    return {verify, [shown] { return run_verify(*shown); }};
}

}  // namespace closet
