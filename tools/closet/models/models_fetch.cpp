#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/models/models_command.h"
#include "closet/models/models_list.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/json_string.h"
#include "infer/pose_models.h"
#include "models/store/fetch.h"

namespace closet {
namespace {

struct FetchArguments {
    std::vector<std::string> names;
    bool all = false;
    bool offline = false;
    bool quiet = false;
    bool json = false;
};

/// Shows how far a download is: one line that is redrawn on a terminal, else a line now and then.
class DownloadProgress {
  public:
    explicit DownloadProgress(std::string name) : name_(std::move(name)) {}
    ~DownloadProgress() {
        if (bar_) {
            console::set_status("");
        }
    }
    DownloadProgress(const DownloadProgress&) = delete;
    DownloadProgress& operator=(const DownloadProgress&) = delete;
    DownloadProgress(DownloadProgress&&) = delete;
    DownloadProgress& operator=(DownloadProgress&&) = delete;

    void update(std::uint64_t done, std::uint64_t total) {
        const auto now = Clock::now();
        if (start_bytes_ > done) {
            start_bytes_ = done;  // the server began again
        }
        if (console::style().quiet ||
            now - shown_ < (bar_ ? Clock::duration(kBarPeriod) : kLinePeriod)) {
            return;
        }
        shown_ = now;
        if (console::style().json) {
            console::print_event(json_string(nlohmann::json{
                {"event", "progress"}, {"model", name_}, {"bytes", done}, {"total", total}}));
            return;
        }
        const std::string text = line(done, total, now);
        bar_ ? console::set_status(text) : console::print_line(text);
    }

  private:
    using Clock = std::chrono::steady_clock;

    std::string line(std::uint64_t done, std::uint64_t total, Clock::time_point now) const {
        const double elapsed_s = std::chrono::duration<double>(now - start_).count();
        const double rate =
            elapsed_s > 0 ? static_cast<double>(done - start_bytes_) / elapsed_s : 0;
        std::string text = fmt::format("{}: {}", name_, size_text(done));
        if (total > 0) {
            text += fmt::format(" of {} ({:.0f} %)", size_text(total),
                                100.0 * static_cast<double>(done) / static_cast<double>(total));
        }
        text += fmt::format("  {:.1f} MB/s", rate / 1e6);
        if (total > done && rate > 0) {
            text +=
                fmt::format("  {} left", format_duration(static_cast<double>(total - done) / rate));
        }
        return text;
    }

    std::string name_;
    std::uint64_t start_bytes_ = UINT64_MAX;
    bool bar_ = console::is_terminal() && !console::style().quiet && !console::style().json;
    Clock::time_point start_ = Clock::now();
    Clock::time_point shown_ = start_;
};

/// What to fetch: every model after those that it needs, each once.
void add_with_needs(const ModelStore& store, const std::string& name,
                    std::vector<std::string>& order, std::vector<std::string>& pending) {
    const auto contains = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (contains(order) || contains(pending)) {  // pending: a manifest in which two need each other
        return;
    }
    pending.push_back(name);
    for (const std::string& need : store.model(name).needs) {
        add_with_needs(store, need, order, pending);
    }
    order.push_back(name);
}

/// What --model calls by one name may be several files, and so may a group of models.
std::vector<std::string> files_of(const ModelStore& store, const std::string& name) {
    for (const PoseModelEntry& entry : pose_models()) {
        if (entry.name == name) {
            return {entry.files.begin(), entry.files.end()};
        }
    }
    std::vector<std::string> group = store.group(name);
    return group.empty() ? std::vector{name} : group;
}

std::vector<std::string> names_of(const ModelStore& store, const FetchArguments& arguments) {
    std::vector<std::string> order, pending;
    for (const std::string& name : arguments.names) {
        for (const std::string& file : files_of(store, name)) {
            add_with_needs(store, file, order, pending);
        }
    }
    for (const ModelEntry& entry : store.models()) {
        const ModelEntry* const published = store.published(entry.name);
        if (arguments.all && published != nullptr && !published->is_by_hand()) {
            add_with_needs(store, entry.name, order, pending);
        }
    }
    if (order.empty()) {
        throw ConfigError("name a model to fetch, or give --all; `closet models list` shows them");
    }
    return order;
}

FetchEnd fetch(const ModelStore& store, const std::string& name, bool offline) {
    DownloadProgress progress(name);
    bool told = false;
    FetchOptions options;
    options.offline = offline;
    options.progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.update(done, total);
        return !interrupt::requested();
    };
    options.waiting = [&] {
        if (!told) {
            console::print_line(fmt::format("{}: another process is at it; waiting", name));
            told = true;
        }
        return !interrupt::requested();
    };
    return fetch_model(store, name, options);
}

void report(const ModelStore& store, const std::string& name, FetchEnd end) {
    const std::string path = store.path_of(store.model(name)).string();
    const bool is_new = end == FetchEnd::kFetched;
    if (console::style().json) {
        console::print_event(json_string(nlohmann::json{
            {"event", is_new ? "fetched" : "present"}, {"model", name}, {"path", path}}));
    } else {
        console::print_line(fmt::format("{}: {} {}", name, is_new ? "fetched to" : "is at", path));
    }
}

int run_fetch(const FetchArguments& arguments) {
    console::set_style({.quiet = arguments.quiet, .json = arguments.json});
    const ModelStore store;
    const std::vector<std::string> names = names_of(store, arguments);
    interrupt::install();
    int result = kExitDone;
    std::vector<ModelEntry> by_hand;  // told together, once all others are there
    for (const std::string& name : names) {
        const ModelEntry& entry = store.model(name);
        if (entry.is_by_hand() && store.check(entry).state != FileCheck::State::kReady) {
            by_hand.push_back(entry);
            continue;
        }
        try {
            const FetchEnd end = fetch(store, name, arguments.offline);
            if (end == FetchEnd::kStopped || interrupt::requested()) {
                console::print_line(fmt::format(
                    "{}: interrupted; `closet models fetch {}` goes on from there", name, name));
                return kExitInterrupted;
            }
            report(store, name, end);
        } catch (const ConfigError&) {
            throw;  // holds for all of them
        } catch (const std::exception& error) {
            console::print_failure(error);
            result = kExitFailed;
        }
    }
    if (!by_hand.empty()) {
        console::print_failure(
            ModelError("there is no published hash of some, so they are not fetched: " +
                       how_to_import(by_hand)));
        result = kExitFailed;
    }
    return result;
}

}  // namespace

Command add_models_fetch(CLI::App& models) {
    CLI::App* command =
        models.add_subcommand("fetch", "download models and those that they need, verified");
    const auto arguments = std::make_shared<FetchArguments>();
    command
        ->add_option(
            "name", arguments->names,
            "models of `closet models list`, or a group: parser, cutter, faces, or all that "
            "a warp needs: gmm, cp-vton, viton-hd")
        ->type_name("NAME");
    command->add_flag("--all", arguments->all, "every model that has an address");
    command->add_flag("--offline", arguments->offline,
                      "never touch the network; fail where something is missing");
    command->add_flag("-q,--quiet", arguments->quiet, "errors only");
    command->add_flag("--json", arguments->json, "progress and messages as JSON lines on stderr");
    return {command, [arguments] { return run_fetch(*arguments); }};
}

}  // namespace closet
