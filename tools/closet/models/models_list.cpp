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
    std::vector<std::string> names;  ///< empty: all
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
                        {"job", entry.job},
                        {"purpose", entry.purpose},
                        {"url", entry.url},
                        {"page", entry.page},
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

/// "Apache-2.0", or what a user has to know of a license that is none of SPDX's list.
std::string license_text(const ModelEntry& entry) {
    const bool is_restricted = entry.license.find("noncommercial") != std::string::npos ||
                               entry.license.find("-NC-") != std::string::npos;
    return is_restricted ? "no commerce" : entry.license;
}

/// One line, as wide as a screen; all there is to say where the user wants it.
void print_model(const ModelStore& store, const ModelEntry& entry, const FileCheck& file) {
    const std::string line = fmt::format(
        "  {:<19} {:<9} {:>8}  {:<12} {}", entry.name, state_text(store, entry, file),
        size_text(file.size != 0 ? file.size : entry.size), license_text(entry), entry.purpose);
    if (!console::is_verbose()) {
        fmt::print("{}\n", bench::shorten(line, kScreenWidth));
        return;
    }
    fmt::print("{}\n      {}\n", line, store.path_of(entry).string());
    const bool is_damaged = file.state == FileCheck::State::kDamaged;
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"from", entry.url},
                                      {"by hand from", entry.page},
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

constexpr const char* kOtherJob = "other";  // of manifests that tell none

std::string job_of(const ModelEntry& entry) {
    return entry.job.empty() ? kOtherJob : entry.job;
}

/// The models that a user asked for by name, job or group, in the manifest's order; all where
/// nothing was asked for. Throws ConfigError for what is none of them.
std::vector<const ModelEntry*> asked_for(const ModelStore& store,
                                         const std::vector<std::string>& names) {
    const auto is_one = [](const ModelEntry& entry, const std::string& name) {
        return entry.name == name || job_of(entry) == name ||
               std::find(entry.groups.begin(), entry.groups.end(), name) != entry.groups.end();
    };
    for (const std::string& name : names) {
        if (std::none_of(store.models().begin(), store.models().end(),
                         [&](const ModelEntry& entry) { return is_one(entry, name); })) {
            store.model(name);
        }
    }
    std::vector<const ModelEntry*> entries;
    for (const ModelEntry& entry : store.models()) {
        if (names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                return is_one(entry, name);
            })) {
            entries.push_back(&entry);
        }
    }
    return entries;
}

/// A job in as few lines as it takes: what is there, or not as it should be, one by one, and the
/// names of the others.
void print_job(const ModelStore& store, const std::string& job) {
    std::vector<std::string> absent;
    bool any = false;
    const auto name_job = [&] {
        if (!std::exchange(any, true)) {
            fmt::print("{}\n", job);
        }
    };
    for (const ModelEntry& entry : store.models()) {
        if (job_of(entry) != job) {
            continue;
        }
        const FileCheck file = store.check(entry);
        if (is_part(store, entry) && !is_worth_a_word(store, entry, file)) {
            continue;
        }
        if (file.state == FileCheck::State::kAbsent) {
            absent.push_back(entry.name);
        } else {
            name_job();
            print_model(store, entry, file);
        }
    }
    if (!absent.empty()) {
        name_job();
        absent.front() = "absent: " + absent.front();
        print_wrapped(absent);
    }
}

void print_jobs(const ModelStore& store) {
    std::vector<std::string> jobs;
    for (const ModelEntry& entry : store.models()) {
        if (std::find(jobs.begin(), jobs.end(), job_of(entry)) == jobs.end()) {
            jobs.push_back(job_of(entry));
            print_job(store, jobs.back());
        }
    }
    fmt::print("`closet models list JOB` tells more, `fetch NAME` gets one and its parts\n");
}

int run_list(const Shown& shown) {
    const ModelStore store;
    const std::vector<const ModelEntry*> entries = asked_for(store, shown.names);
    if (shown.json) {
        nlohmann::json list = nlohmann::json::array();
        for (const ModelEntry* const entry : entries) {
            list.push_back(to_json(store, *entry, store.check(*entry)));
        }
        print_json(list);
        return kExitDone;
    }
    fmt::print("Models in {}\n", store.folder().string());
    if (shown.names.empty() && !console::is_verbose()) {
        print_jobs(store);
        return kExitDone;
    }
    for (const ModelEntry* const entry : entries) {
        print_model(store, *entry, store.check(*entry));
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
    const ModelEntry* const published = store.published(entry.name);
    return published != nullptr && !published->is_by_hand() ? "other version" : "imported";
}

void print_wrapped(const std::vector<std::string>& words) {
    std::string line = " ";
    for (const std::string& word : words) {
        if (line.size() + 1 + word.size() > kScreenWidth) {
            fmt::print("{}\n", line);
            line = " ";
        }
        line += " " + word;
    }
    fmt::print("{}\n", line);
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
    list->add_option("name", shown->names, "models, jobs or groups; none: all, by their jobs")
        ->type_name("NAME");
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
