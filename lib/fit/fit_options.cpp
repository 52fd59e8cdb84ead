#include <fmt/format.h>

#include "fit/fit.h"
#include "poses/pose_file.h"

namespace closet {

std::vector<Option> pose_file_options(FitOptions& o) {
    const char* group = "Pose";
    return {
        {.names = flags::kPoses,
         .group = group,
         .help = fmt::format(
             "take the poses from this file instead of inferring: everybody in it, unless {} "
             "says otherwise",
             flags::kPerson),
         .value = &o.poses,
         .placeholder = "FILE",
         .is_setting = false},
        {.names = flags::kSavePoses,
         .group = group,
         .help =
             fmt::format("write the poses and masks of every frame, JSON Lines; {} gives the same "
                         "picture again",
                         flags::kPoses),
         .value = &o.save_poses,
         .placeholder = "FILE",
         .is_setting = false},
    };
}

std::vector<Option> unit_options(FitOptions& o) {
    const char* group = "Output";
    return {
        {.names = flags::kUnitLength,
         .group = group,
         .help = fmt::format(
             "render in units of so many seconds, so that a run that ends early loses no more; 0: "
             "in one piece; else {} for clips longer than {} s",
             kUnitSeconds, kLongClipS),
         .value = &o.unit_s,
         .range = {0, 86400},
         .placeholder = "SECONDS",
         .is_setting = false},
        {.names = flags::kResumeUnits,
         .group = group,
         .help =
             "go on where a run that ended early left off, the other options as they were; outputs "
             "that exist are complete",
         .value = &o.resume,
         .is_setting = false},
    };
}

std::vector<Option> run_options(FitOptions& o) {
    const char* group = "Run";
    return {
        {.names = "--serial",
         .group = group,
         .help = "all stages on one thread",
         .value = &o.serial,
         .is_setting = false},
        {.names = "--queue",
         .group = group,
         .help = "items between two stages",
         .value = &o.queue_capacity,
         .range = {1, 1024}},
        {.names = "--memory",
         .group = group,
         .help = "MB of frames on their way from decoder to encoder, packed from half of that on, "
                 "or as "
                 "many as the stages need; 0: any number",
         .value = &o.memory_mb,
         .range = {0, 1'000'000},
         .placeholder = "MB"},
    };
}

}  // namespace closet
