#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/config_file.h"
#include "closet/console.h"
#include "closet/fit/check_jobs.h"
#include "closet/fit/clip_report.h"
#include "closet/fit/fit_options.h"
#include "closet/fit/inputs.h"
#include "closet/fit/render_clips.h"
#include "closet/fit/unit_settings.h"
#include "closet/interrupt.h"
#include "core/error.h"
#include "core/json_string.h"
#include "core/log.h"
#include "core/new_file.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFitExamples = R"(Examples:
  closet fit clip.mp4 -g shirt.png -o dressed.mp4
  closet fit person.jpg -g shirt.png -o dressed.png
  closet fit clip.mp4 -g top.jpg+trousers.jpg -o dressed.mp4          an outfit
  closet fit clip.mp4 -g wrap.jpg --kind skirt -o dressed.mp4
  closet fit clips/ -g shirt.png -o dressed/ --jobs 0     every clip of a folder
  closet fit --looks looks.csv -o dressed/ -n             a garment a clip; go on later
  closet fit clip.mp4 -g shirt.png -o out.mkv --crf 16 --preset slow -e tune=film
  closet fit clip.mp4 -g shirt.png -o dressed.mov --matte matte.mov
  closet fit clip.mp4 --save-poses poses.jsonl --encoder none
  closet fit clip.mp4 -g coat.png -o out.mp4 --poses poses.jsonl
The output appears under its final name only when it is complete.)";

using State = ClipOutcome::State;

/// Settles what happens to an existing output, before anything is opened. No prompts: without -y an
/// existing file is an error.
ClipOutcome check_existing(const FitCommandOptions& options, const Job& job) {
    ClipOutcome outcome;
    for (const auto& [flag, path] : {std::pair{"-o", job.output}, {"--matte", job.matte}}) {
        std::error_code error;
        if (path.empty() || !fs::exists(path, error) || options.overwrite ||
            (options.fit.resume && UnitFolder::is_begun(job.output))) {
            continue;
        }
        if (options.fit.resume) {
            UnitFolder::remove_rest(job.output);  // of a run that was killed when all was done
        }
        if (options.keep || options.fit.resume) {
            log::info("{} exists; skipped", path.string());
            outcome.state = State::kSkipped;
            return outcome;
        }
        outcome.state = State::kFailed;
        outcome.failure =
            fmt::format("{} {}: the file exists; give -y to overwrite it or -n to skip it", flag,
                        path.string());
        return outcome;
    }
    return outcome;
}

/// One report for one input, an array for several.
void write_summary(NewFile& file, const std::vector<ClipOutcome>& outcomes,
                   const std::vector<Job>& jobs) {
    nlohmann::json clips = nlohmann::json::array();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        clips.push_back(to_json(outcomes[i], jobs[i]));
    }
    try {
        file.write(json_string(jobs.size() == 1 ? clips.front() : clips, 2));
        file.write("\n");
        file.publish();
    } catch (const Error& error) {
        throw Error(fmt::format("{}; what was rendered is complete", error.what()));
    }
}

int run_fit(FitCommandOptions& options, const CLI::App& app) {
    console::set_style({.quiet = options.quiet, .json = options.json});
    resolve_fit_options(options);
    if (options.dry_run) {
        fmt::print("{}", settings_text(app));
        return kExitDone;
    }
    choose_garments(options.garments, options.fit.infer);
    const OutfitChoice outfit = outfit_of(options.garments);
    const std::vector<Job> jobs = plan_jobs(options.request);
    check_work(options, outfit, jobs);
    check_files(options, outfit, jobs);
    std::vector<ClipOutcome> outcomes;
    for (const Job& job : jobs) {
        outcomes.push_back(check_existing(options, job));
    }
    if (jobs.size() == 1 && outcomes.front().state == State::kFailed) {
        throw ConfigError(outcomes.front().failure);
    }
    const auto in_state = [&](State state) {
        return static_cast<std::size_t>(
            std::count_if(outcomes.begin(), outcomes.end(),
                          [&](const ClipOutcome& outcome) { return outcome.state == state; }));
    };
    std::optional<NewFile> summary;
    if (!options.summary.empty()) {
        summary.emplace(options.summary);
    }
    options.fit.unit_settings = [&] { return unit_settings(options, app); };
    const std::size_t slots = clips_at_a_time(options.jobs, in_state(State::kNotBegun));
    const auto start = std::chrono::steady_clock::now();
    if (slots > 0) {
        interrupt::install();
        render_clips(options, jobs, outcomes, slots,
                     [&](std::size_t i) { tell_clip(outcomes[i], jobs[i], jobs.size() == 1); });
    }
    if (summary) {
        write_summary(*summary, outcomes, jobs);
    }
    if (jobs.size() > 1) {
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
        tell_all(outcomes, jobs, slots, wall.count());
    }
    if (in_state(State::kInterrupted) + in_state(State::kNotBegun) > 0) {
        return kExitInterrupted;
    }
    return in_state(State::kFailed) > 0 ? kExitFailed : kExitDone;
}

}  // namespace

Command add_fit_command(CLI::App& app) {
    CLI::App* fit =
        app.add_subcommand("fit", "put a garment onto the person in a video or picture");
    fit->footer(kFitExamples);
    const auto options = std::make_shared<FitCommandOptions>();
    add_fit_options(*fit, *options);
    return {fit, [options, fit] { return run_fit(*options, *fit); }};
}

}  // namespace closet
