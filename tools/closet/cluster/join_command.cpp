#include <memory>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/cluster/clip_units.h"
#include "closet/cluster/plan_job.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "core/json_string.h"

namespace closet {
namespace {

constexpr const char* kJoinNotes = R"(Example:
  closet join /shared/job/plan.jsonl
Joins every clip whose works are done. Numbers of works that are missing are written to standard
output, as sbatch --array takes them: 0,3-5.
Exit codes: 0 all clips are joined, 1 works are missing or a clip failed, 130 interrupted.)";

struct JoinOptions {
    std::string plan;
    bool quiet = false;
    bool json = false;
};

struct Joined {
    std::vector<std::string> outputs;  ///< now
    std::vector<std::size_t> missing;  ///< works
    bool failed = false;
};

void join(const PlanJob& job, const PlanClip& clip, Joined& all) {
    const ClipUnits state(clip);
    if (state.is_joined()) {
        console::print_line(fmt::format("{} is there", clip.output));
        return;
    }
    const std::vector<std::size_t> missing = state.missing();
    if (!missing.empty()) {
        all.missing.insert(all.missing.end(), missing.begin(), missing.end());
        log::warning("{}: works {} are not done, so {} cannot be joined", clip.input,
                     works_text(missing), clip.output);
        return;
    }
    job.render(clip, {.part = UnitTask::Part::kJoin, .unit = 0}, {});
    all.outputs.push_back(clip.output);
    console::print_line(fmt::format("wrote {}", clip.output));
}

int run_join(const JoinOptions& options) {
    console::set_style({.quiet = options.quiet, .json = options.json});
    const PlanJob job(options.plan);
    interrupt::install();
    Joined all;
    for (const PlanClip& clip : job.plan().clips) {
        try {
            join(job, clip, all);
        } catch (const std::exception& error) {
            console::print_failure(error);
            all.failed = true;
        }
        if (interrupt::requested()) {
            return kExitInterrupted;
        }
    }
    if (options.json) {
        console::print_event(json_string(nlohmann::json{
            {"event", "joined"}, {"outputs", all.outputs}, {"missing", all.missing}}));
    }
    if (!all.missing.empty()) {
        fmt::print("{}\n", works_text(all.missing));
    }
    return all.failed || !all.missing.empty() ? kExitFailed : kExitDone;
}

}  // namespace

Command add_join_command(CLI::App& app) {
    CLI::App* command = app.add_subcommand("join", "join what the works of a plan rendered");
    command->footer(kJoinNotes);
    const auto options = std::make_shared<JoinOptions>();
    command->add_option("plan,--plan", options->plan, "the file that `closet plan` wrote")
        ->required()
        ->type_name("PLAN");
    command->add_flag("-q,--quiet", options->quiet, "errors only")->group("Run");
    command->add_flag("--json", options->json, "messages as JSON lines on stderr")->group("Run");
    return {command, [options] { return run_join(*options); }};
}

}  // namespace closet
