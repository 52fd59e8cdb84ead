#include "closet/cluster/plan_job.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "closet/fit/fit_settings.h"
#include "closet/version.h"
#include "core/error.h"
#include "fit/garment_photo.h"
#include "infer/infer_options.h"

namespace closet {
namespace {

/// Only what joining looks at: no network is loaded for it.
FitOptions joining(FitOptions options) {
    options.restore = {};
    options.poses.reset();
    return options;
}

/// A unit is rendered from poses that are chosen already.
FitOptions rendering(FitOptions options, const PlanClip& clip, std::size_t unit) {
    const UnitFolder folder(clip.output, {}, UnitFolder::Claim::kLook);
    options.poses = folder.file(unit, unit_files::kPoses);
    options.interpolate.person = {.kind = PersonRule::Kind::kAll};
    return options;
}

}  // namespace

PlanJob::PlanJob(const std::filesystem::path& path, const std::string& device)
    : path_(path), plan_(read_plan(path)) {
    if (plan_.program != short_version_text()) {
        throw ConfigError(fmt::format(
            "the plan {} was made by {}, and this is {}: frames of both may differ, so use the "
            "same program everywhere, or make the plan again with this one",
            path.string(), plan_.program, short_version_text()));
    }
    std::error_code error;
    std::filesystem::current_path(plan_.folder, error);
    if (error) {
        throw ConfigError(
            fmt::format("the plan {} was made in {}, which is not here: {}; the folder has to "
                        "have the same name on every machine",
                        path.string(), plan_.folder, error.message()));
    }
    PlanSettings own;
    if (!device.empty()) {
        own.emplace_back(std::string_view(flags::kDevice).substr(2), device);
    }
    try {
        command_ = parse_fit_command(plan_.settings, own);
    } catch (const ConfigError& refused) {
        throw ConfigError(
            fmt::format("the plan {}, line 1, \"settings\": {}", path.string(), refused.what()));
    }
    if (!command_.fit.unit_s || *command_.fit.unit_s <= 0 || command_.fit.discard) {
        throw ConfigError(
            fmt::format("the plan {}, line 1, \"settings\": there are no units to "
                        "write, give {} more than 0",
                        path.string(), flags::kUnitLength));
    }
}

const PlanClip& PlanJob::clip_of(std::size_t work) const {
    const auto clip = std::find_if(plan_.clips.begin(), plan_.clips.end(),
                                   [&](const PlanClip& one) { return work <= one.last(); });
    if (clip == plan_.clips.end()) {
        throw ConfigError(fmt::format("the plan {} has no work {}: they go from 0 to {}",
                                      path_.string(), work, plan_.works() - 1));
    }
    return *clip;
}

FitReport PlanJob::render(const PlanClip& clip, UnitTask task, const FitTick& tick) const {
    FitOptions options = command_.fit;
    options.unit_task = task;
    options.resume = true;
    FitOutputs outputs{clip.output, {}};
    if (!clip.matte.empty()) {
        outputs.matte = clip.matte;
    }
    if (task.part == UnitTask::Part::kJoin) {
        return Fit(joining(options), Ensemble(), nullptr).render(clip.input, outputs, tick);
    }
    const Ensemble garments = load_outfit(outfit_of(command_.garments), command_.garments.cutter,
                                          options.infer, command_.garments.cached);
    if (task.part == UnitTask::Part::kUnit) {
        return Fit(rendering(options, clip, task.unit), garments).render(clip.input, outputs, tick);
    }
    return Fit(options, garments).render(clip.input, outputs, tick);
}

}  // namespace closet
