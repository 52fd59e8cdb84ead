#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/cluster/clip_units.h"
#include "closet/cluster/plan_job.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/fit/fit_summary.h"
#include "closet/interrupt.h"
#include "closet/option_binding.h"
#include "closet/progress.h"
#include "core/error.h"
#include "core/json_string.h"
#include "infer/infer.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunUnitNotes = R"(Example:
  closet run-unit /shared/job/plan.jsonl 3
What is done already is not done again. It may be killed at any time, and run twice at a time.
Exit codes: 0 done, 1 failed, or works that come first are not done, 130 interrupted.)";

struct RunUnitOptions {
    std::string plan;
    std::size_t work = 0;
    InferOptions infer;  ///< the device
    bool quiet = false;
    bool json = false;
};

/// What a work came to.
struct WorkDone {
    std::size_t units = 0;  ///< that were rendered now
    std::int64_t frames = 0;
    double wall_s = 0, cpu_s = 0;
    bool interrupted = false;

    void add(const FitReport& report) {
        frames += report.frames_out;
        wall_s += report.wall_s;
        cpu_s += report.cpu_s;
        interrupted = report.interrupted;
    }
};

FitReport render(const PlanJob& job, const PlanClip& clip, UnitTask task) {
    std::optional<Progress> progress;
    return job.render(clip, task, [&](std::int64_t done, std::int64_t expected) {
        if (!progress) {
            progress.emplace(fs::path(clip.input).filename().string(), expected);
        }
        progress->update(done);
        return !interrupt::requested();
    });
}

WorkDone find_poses(const PlanJob& job, const PlanClip& clip) {
    const FitReport report = render(job, clip, {.part = UnitTask::Part::kPoses, .unit = 0});
    if (report.lacks_face()) {
        throw Error(
            fmt::format("{}: no face in it is like that of {}, so there is nothing to "
                        "render: {}",
                        clip.input, report.face->photo, to_text(*report.face)));
    }
    WorkDone done;
    done.add(report);
    return done;
}

WorkDone render_window(const PlanJob& job, const PlanClip& clip, std::size_t window) {
    const ClipUnits state(clip);
    const auto units = state.units_of(window);
    if (!units) {
        throw Error(
            fmt::format("cannot render work {1} of {0}: its poses are not found yet; run work {2} "
                        "first, closet "
                        "run-unit {0} {2}",
                        job.path().string(), clip.first + 1 + window, clip.first));
    }
    WorkDone done;
    for (const std::size_t unit : *units) {
        if (done.interrupted || state.is_rendered(unit)) {
            continue;
        }
        done.add(render(job, clip, {.part = UnitTask::Part::kUnit, .unit = unit}));
        ++done.units;
    }
    return done;
}

void tell(const PlanClip& clip, std::size_t work, bool was_done, const WorkDone& done) {
    const bool is_pose_work = work == clip.first;
    if (console::style().json) {
        console::print_event(json_string(nlohmann::json{{"event", "done"},
                                                        {"work", work},
                                                        {"do", is_pose_work ? "poses" : "render"},
                                                        {"input", clip.input},
                                                        {"output", clip.output},
                                                        {"was_done", was_done},
                                                        {"interrupted", done.interrupted},
                                                        {"units", done.units},
                                                        {"frames", done.frames},
                                                        {"wall_s", done.wall_s},
                                                        {"cpu_s", done.cpu_s}}));
        return;
    }
    if (was_done) {
        console::print_line(fmt::format("work {} was done before", work));
        return;
    }
    const std::string what = is_pose_work ? fmt::format("poses of {} frames", done.frames)
                                          : fmt::format("{} unit{}, {} frames", done.units,
                                                        done.units == 1 ? "" : "s", done.frames);
    console::print_line(fmt::format("work {}: {}: {} in {}{}", work, clip.input, what,
                                    format_duration(done.wall_s),
                                    done.interrupted ? ", interrupted" : ""));
}

int run_unit(const RunUnitOptions& options) {
    console::set_style({.quiet = options.quiet, .json = options.json});
    const PlanJob job(options.plan, options.infer.device);
    const PlanClip& clip = job.clip_of(options.work);
    const bool was_done = ClipUnits(clip).is_done(options.work);
    interrupt::install();
    WorkDone done;
    if (!was_done) {
        done = options.work == clip.first ? find_poses(job, clip)
                                          : render_window(job, clip, options.work - clip.first - 1);
    }
    tell(clip, options.work, was_done, done);
    return done.interrupted ? kExitInterrupted : kExitDone;
}

}  // namespace

Command add_run_unit_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("run-unit", "do one work of a plan");
    command->footer(kRunUnitNotes);
    const auto options = std::make_shared<RunUnitOptions>();
    command->add_option("plan,--plan", options->plan, "the file that `closet plan` wrote")
        ->required()
        ->type_name("PLAN");
    command->add_option("work,--work", options->work, "number of the work")
        ->required()
        ->type_name("K");
    for (Option& option : options_of(options->infer)) {
        if (option.names == flags::kDevice) {
            options->infer.device.clear();
            option.standard = "that of the plan";
            add_option(*command, option);
        }
    }
    command->add_flag("-q,--quiet", options->quiet, "errors only")->group("Run");
    command->add_flag("--json", options->json, "progress and messages as JSON lines on stderr")
        ->group("Run");
    return {command, [options] { return run_unit(*options); }};
}

}  // namespace closet
