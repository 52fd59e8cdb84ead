#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "closet/cluster/plan_file.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/fit/check_jobs.h"
#include "closet/fit/fit_options.h"
#include "closet/fit/fit_settings.h"
#include "closet/fit/inputs.h"
#include "closet/option_binding.h"
#include "closet/version.h"
#include "core/error.h"
#include "core/files.h"
#include "core/new_file.h"
#include "decode/decode.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlanName = "plan.jsonl";
constexpr const char* kPlanExamples = R"(Examples:
  closet plan film.mp4 -g shirt.png -o /shared/job
  closet plan /shared/clips/ -g shirt.png --crf 18 -o /shared/job
  closet run-unit /shared/job/plan.jsonl 0        on any machine, in any order that "after" allows
  closet join /shared/job/plan.jsonl
Videos appear in the folder of the plan. scripts/cluster/slurm and scripts/cluster/ray_fit.py run
all works of a plan; docs/cluster.md tells the rest.)";

struct PlanOptions {
    FitCommandOptions fit;  ///< files, and how it is told
    FitSettings settings;   ///< how clips are rendered
};

/// Options of `fit` that are no settings and mean the same here.
constexpr std::array<std::string_view, 9> kShared{
    "inputs", "output", "matte", "poses", "save-poses", "segments", "config", "quiet", "json"};

fs::path absolute_path(const fs::path& path) {
    return fs::absolute(path).lexically_normal();
}

/// The settings as they are written: all that a machine could see otherwise is said.
PlanSettings plan_settings(const PlanOptions& options) {
    PlanSettings settings;
    for (const auto& [name, values] : with_chosen_garments(options.settings.given())) {
        for (const std::string& value : values) {
            settings.emplace_back(name, value);
        }
    }
    const FitOptions& fit = options.fit.fit;
    for (const auto& [flag, path] :
         {std::pair(flags::kPoses, fit.poses), std::pair(flags::kSavePoses, fit.save_poses)}) {
        if (path) {
            settings.emplace_back(std::string_view(flag).substr(2), absolute_path(*path).string());
        }
    }
    settings.emplace_back(std::string_view(flags::kUnitLength).substr(2),
                          fmt::format("{}", fit.unit_s.value_or(kUnitSeconds)));
    const PlanSettings all = all_fit_settings(settings);
    FitCommandOptions declared;
    for (const Option& option : options_of(declared)) {
        const std::string key = key_of(option);
        const auto has_key = [&](const auto& setting) { return setting.first == key; };
        const auto found = std::find_if(all.begin(), all.end(), has_key);
        if (option.environment != nullptr && found != all.end() &&
            std::none_of(settings.begin(), settings.end(), has_key)) {
            settings.push_back(*found);
        }
    }
    // Encoders choose by the machine's cores, and x264's frames depend on it.
    if (parse_fit_settings(settings).fit.encode.threads == 0) {
        settings.emplace_back(std::string_view(flags::kEncodeThreads).substr(2),
                              fmt::format("{}", std::max(1U, std::thread::hardware_concurrency())));
    }
    return settings;
}

/// Throws ConfigError for clips that cannot be rendered in units.
PlanClip plan_clip(const Job& job, const FitOptions& options) {
    std::error_code ignored;
    if (!fs::is_regular_file(job.input, ignored)) {
        throw ConfigError(fmt::format(
            "cannot plan {}: it is no file, and only files can be cut; use closet fit", job.input));
    }
    const std::shared_ptr<const MediaInfo> info = Decode(job.input, options.decode).info();
    if (info->is_still_picture) {
        throw ConfigError(fmt::format(
            "cannot plan {}: it is a picture, and there is nothing to cut; use closet fit",
            job.input));
    }
    return {.input = absolute_path(job.input).string(),
            .output = absolute_path(job.output).string(),
            .matte = job.matte.empty() ? "" : absolute_path(job.matte).string(),
            .windows = plan_windows(info->duration_s, *options.unit_s)};
}

/// Writes the plan where it is new. What another plan wrote is never taken for work of this one.
void write_plan(const fs::path& file, const Plan& plan) {
    const std::string text = to_text(plan);
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
        std::ifstream old(file, std::ios::binary);
        if (std::string(std::istreambuf_iterator<char>(old), {}) != text) {
            throw ConfigError(fmt::format(
                "{} is a plan of other clips, settings or another program: give another folder, or "
                "remove it with what it wrote",
                file.string()));
        }
        return;
    }
    for (const PlanClip& clip : plan.clips) {
        for (const std::string& path : {clip.output, clip.matte}) {
            if (!path.empty() && fs::exists(path, ignored)) {
                throw ConfigError(fmt::format(
                    "cannot plan {}: {} exists already; move it away, or give another folder",
                    clip.input, path));
            }
        }
    }
    replace_file(file, text);
}

int run_plan(PlanOptions& options) {
    console::set_style({.quiet = options.fit.quiet, .json = options.fit.json});
    if (options.fit.fit.unit_s && *options.fit.fit.unit_s <= 0) {
        throw ConfigError(fmt::format("{} 0 cuts nothing: give seconds above 0, or use closet fit",
                                      flags::kUnitLength));
    }
    Plan plan{.program = short_version_text(),
              .folder = fs::current_path().string(),
              .settings = plan_settings(options),
              .clips = {}};
    FitCommandOptions all = parse_fit_command(plan.settings);
    if (all.fit.discard) {
        throw ConfigError(fmt::format("cannot plan with {} none: there would be nothing to join",
                                      flags::kEncoder));
    }
    if (all.fit.poses && all.fit.interpolate.person.kind == PersonRule::Kind::kFace) {
        throw ConfigError(fmt::format(
            "cannot plan {} with a face and {}: who it is, only the whole clip tells; use closet "
            "fit",
            flags::kPerson, flags::kPoses));
    }
    all.config = options.fit.config;
    all.request = options.fit.request;
    const fs::path file = fs::path(all.request.output) / kPlanName;
    all.request.output = (fs::path(all.request.output) / "").string();
    const std::vector<Job> jobs = plan_jobs(all.request);
    const OutfitChoice outfit = outfit_of(all.garments);
    check_work(all, outfit, jobs);
    check_files(all, outfit, jobs);
    check_names({}, {{"the plan", file}, {flags::kSavePoses, all.fit.save_poses.value_or("")}});
    std::size_t works = 0;
    for (const Job& job : jobs) {
        plan.clips.push_back(plan_clip(job, all.fit));
        plan.clips.back().first = works;
        works = plan.works();
    }
    write_plan(file, plan);
    console::print_line(
        fmt::format("{}: clips: {}, works: 0 to {}", file.string(), plan.clips.size(), works - 1));
    return kExitDone;
}

}  // namespace

Command add_plan_command(CLI::App& app) {
    CLI::App* plan = app.add_subcommand("plan", "plan the rendering of clips by many machines");
    plan->footer(kPlanExamples);
    const auto options = std::make_shared<PlanOptions>();
    plan->add_option("input,--input", options->fit.request.inputs, "videos, or folders of them")
        ->type_name("INPUT");
    for (Option& option : options_of(options->fit)) {
        const std::string key = key_of(option);
        if (std::find(kShared.begin(), kShared.end(), key) == kShared.end()) {
            continue;
        }
        if (key == "output") {
            option.help = "folder of the plan and of the videos, the same on all machines";
            option.placeholder = "FOLDER";
        }
        add_option(*plan, option);
    }
    plan->get_option("--output")->required();
    options->settings.add_to(*plan);
    return {plan, [options] { return run_plan(*options); }};
}

}  // namespace closet
