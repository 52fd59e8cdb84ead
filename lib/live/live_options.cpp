#include "live/live_options.h"

#include <chrono>

#include <fmt/format.h>

namespace closet {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

Option wait_option(const char* name, LiveClock::duration& time, const char* help) {
    return {.names = name,
            .group = "Load",
            .help = help,
            .value =
                [&time](double ms) {
                    time = std::chrono::duration_cast<LiveClock::duration>(Milliseconds(ms));
                },
            .range = {0, 1000},
            .standard = fmt::format("{}", Milliseconds(time).count())};
}

}  // namespace

std::vector<Option> load_options(LiveOptions& o) {
    const char* group = "Load";
    return {
        {.names = "--batch",
         .group = group,
         .help = "most pictures in one inference call",
         .value = &o.load.max_batch,
         .range = {1, 64}},
        {.names = "--interval",
         .group = group,
         .help = "least seconds between pictures that are inferred; 0: every frame",
         .value = &o.load.min_interval_s,
         .range = {0, 10}},
        {.names = "--max-interval",
         .group = group,
         .help = "most seconds, under load",
         .value = &o.load.max_interval_s,
         .range = {0, 10}},
        {.names = "--adaptive,!--no-adaptive",
         .group = group,
         .help = "batch and interval follow the load; else the largest batch, the least interval",
         .value = &o.adaptive},
        {.names = "--skip-static,!--no-skip-static",
         .group = group,
         .help = "infer nothing while the picture stands still",
         .value = &o.skip_still},
        wait_option("--frame-timeout", o.collect.frame_timeout,
                    "ms that a batch waits for more pictures"),
        wait_option("--batch-timeout", o.collect.batch_timeout,
                    "the same while no other picture waits"),
        {.names = "--inference-queue",
         .group = group,
         .help = "pictures that may wait for inference",
         .value = &o.inference_queue,
         .range = {1, 1024}},
        {.names = "--result-queue",
         .group = group,
         .help = "results that may wait",
         .value = &o.result_queue,
         .range = {1, 1024}},
    };
}

Option mirror_option(bool& mirror) {
    return {.names = fmt::format("--mirror,!{}", flags::kNoMirror),
            .group = "Output",
            .help = "as in a mirror, also in the output",
            .value = &mirror};
}

}  // namespace closet
