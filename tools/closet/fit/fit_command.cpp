#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "closet/command.h"
#include "closet/config_file.h"
#include "closet/console.h"
#include "closet/fit/fit_options.h"
#include "closet/fit/fit_summary.h"
#include "closet/fit/inputs.h"
#include "closet/interrupt.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/files.h"
#include "core/json_string.h"
#include "core/new_file.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFitExamples = R"(Examples:
  closet fit clip.mp4 -g shirt.png -o dressed.mp4
  closet fit person.jpg -g shirt.png -o dressed.png
  closet fit clip.mp4 -g top.jpg+trousers.jpg -o dressed.mp4          an outfit
  closet fit clip.mp4 -g wrap.jpg --kind skirt -o dressed.mp4
  closet fit clips/ -g shirt.png -o dressed/          every clip of a folder
  closet fit clip.mp4 -g shirt.png -o out.mkv --crf 16 --preset slow -e tune=film
  closet fit clip.mp4 -g shirt.png -o dressed.mov --matte matte.mov
  closet fit clip.mp4 --save-poses poses.jsonl --encoder none
  closet fit clip.mp4 -g coat.png -o out.mp4 --poses poses.jsonl
The output appears under its final name only when it is complete.)";

enum class Overwrite { kWrite, kSkip };

/// Settles what happens to an existing output, before anything is opened. No prompts: without -y an
/// existing file is an error.
Overwrite check_existing(const FitCommandOptions& options, const Job& job) {
    for (const auto& [flag, path] : {std::pair{"-o", job.output}, {"--matte", job.matte}}) {
        std::error_code error;
        if (path.empty() || !fs::exists(path, error) || options.overwrite) {
            continue;
        }
        if (options.keep) {
            log::info("{} exists; skipped", path.string());
            return Overwrite::kSkip;
        }
        throw ConfigError(
            fmt::format("{} {}: the file exists; give -y to overwrite it or -n to skip it", flag,
                        path.string()));
    }
    return Overwrite::kWrite;
}

/// Throws where the run would write two files into one, or over one that it reads.
void check_files(const FitCommandOptions& options, const OutfitChoice& outfit,
                 const std::vector<Job>& jobs) {
    std::vector<NamedFile> reads =
        files_read(options.fit.infer, options.garments.cutter, outfit, options.garments.clip);
    reads.push_back({"the file of --poses", options.fit.poses.value_or("")});
    reads.push_back({"the file of --config", options.config});
    reads.push_back({"the file of --restore-model", options.fit.restore.model});
    std::vector<NamedFile> writes;
    for (const Job& job : jobs) {
        reads.push_back({"the input", job.input});
        writes.push_back({"-o", job.output});
        writes.push_back({"--matte", job.matte});
    }
    writes.push_back({"--save-poses", options.fit.save_poses.value_or("")});
    writes.push_back({"--summary", options.summary});
    check_names(reads, writes);
}

FitReport render(Fit& fit, const Job& job, bool overwrite) {
    std::unique_ptr<Progress> progress;
    FitOutputs outputs{job.output, {}, overwrite};
    if (!job.matte.empty()) {
        outputs.matte = job.matte;
    }
    return fit.render(job.input, outputs, [&](std::int64_t done, std::int64_t expected) {
        if (!progress) {
            progress =
                std::make_unique<Progress>(fs::path(job.input).filename().string(), expected);
        }
        progress->update(done);
        return !interrupt::requested();
    });
}

/// The person asked for by a face is not in the clip.
bool is_without_face(const FitReport& result) {
    return result.face && !result.face->found && !result.interrupted;
}

void report(const FitReport& result, const Job& job, nlohmann::json& summaries) {
    summaries.push_back(to_json(result, job.input, console::take_losses()));
    if (console::style().json) {
        nlohmann::json event = summaries.back();
        event["event"] = "done";
        console::print_event(json_string(event));
    } else {
        console::print_line(to_text(result, job.input));
    }
    if (is_without_face(result)) {
        log::error("{}: no face in it is like that of {}, so nothing was written: {}", job.input,
                   result.face->photo, to_text(*result.face));
        return;
    }
    if (result.frames_out > 0 && result.poses.missing == result.frames_out && !result.interrupted) {
        log::warning(
            "{}: nobody to dress was found in the picture, so it passed through unchanged; the "
            "chest "
            "must be in it, and who shows no head is found with bodypix (closet models fetch "
            "parser)",
            job.input);
    }
}

int run_fit(FitCommandOptions& options, const CLI::App& app) {
    console::set_style({.quiet = options.quiet, .json = options.json});
    resolve_fit_options(options);
    if (!options.dry_run) {
        choose_garments(options.garments, options.fit.infer);
    }
    const OutfitChoice outfit = outfit_of(options.garments);
    if (outfit.empty() && !options.fit.warp.skeleton && !options.fit.save_poses &&
        !options.fit.restore.is_on()) {
        throw ConfigError(
            "nothing to do: give a garment (-g FILE), --skeleton, --restore-face auto or "
            "--save-poses FILE");
    }
    if (options.dry_run) {
        fmt::print("{}", settings_text(app));
        return kExitDone;
    }
    const std::vector<Job> jobs =
        plan_jobs(options.inputs, options.output, options.matte, options.fit.discard);
    check_files(options, outfit, jobs);
    const Ensemble garments =
        load_outfit(outfit, options.garments.cutter, options.fit.infer, options.garments.cached);
    if (jobs.size() == 1) {
        if (check_existing(options, jobs.front()) == Overwrite::kSkip) {
            return kExitDone;
        }
    }
    std::optional<NewFile> summary;
    if (!options.summary.empty()) {
        summary.emplace(options.summary);
    }
    interrupt::install();
    Fit fit(options.fit, garments);
    nlohmann::json summaries = nlohmann::json::array();
    int failures = 0;
    bool interrupted = false;
    for (const Job& job : jobs) {
        try {
            if (check_existing(options, job) == Overwrite::kSkip) {
                continue;
            }
            console::take_losses();  // of an input before that failed
            const FitReport result = render(fit, job, options.overwrite);
            report(result, job, summaries);
            interrupted = result.interrupted;
            failures += is_without_face(result) ? 1 : 0;
        } catch (const std::exception& error) {
            if (jobs.size() == 1) {
                throw;
            }
            console::print_failure(error);
            ++failures;
        }
        if (interrupted || interrupt::requested()) {
            break;
        }
    }
    if (summary) {  // one report for one input, an array for several
        try {
            summary->write(json_string(summaries.size() == 1 ? summaries.front() : summaries, 2));
            summary->write("\n");
            summary->publish();
        } catch (const Error& error) {
            throw Error(fmt::format("{}; what was rendered is complete", error.what()));
        }
    }
    if (failures > 0 && jobs.size() > 1) {
        log::error("{} of {} inputs could not be rendered", failures, jobs.size());
    }
    if (interrupted) {
        return kExitInterrupted;
    }
    return failures > 0 ? kExitFailed : kExitDone;
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
