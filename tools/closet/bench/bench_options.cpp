#include "closet/bench/bench_options.h"

#include <fmt/format.h>

#include "closet/wearer_options.h"
#include "core/error.h"
#include "warp/warps.h"

namespace closet {
namespace {

constexpr double kPercent = 100;

void add_sampling_options(CLI::App& app, BenchMeasure& o) {
    const char* group = "Measuring";
    bench::StoppingOptions& stopping = o.sweep.stopping;
    app.add_option("--include", o.include,
                   "what the measured time contains besides inference and painting: decode, "
                   "encode or both, separated by a comma")
        ->group(group);
    app.add_option("--max-frames", o.probe.max_frames, "of the clip")
        ->group(group)
        ->check(CLI::PositiveNumber);
    app.add_option("--min-repeats", stopping.min_repeats, "passes of a case that count, at least")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    app.add_option("--max-repeats", stopping.max_repeats, "passes of a case, at most")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    app.add_option("--min-time", stopping.min_time_s, "seconds measured of a case, at least")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    app.add_option("--max-time", stopping.max_time_s, "seconds measured of a case, at most")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option_function<double>(
           "--width",
           [&stopping](double percent) { stopping.relative_half_width = percent / kPercent; },
           "a case is done when its interval is this narrow: half its width, percent")
        ->group(group)
        ->default_str(fmt::format("{:g}", stopping.relative_half_width * kPercent))
        ->check(CLI::PositiveNumber);
    app.add_option("--warm-ups", o.sweep.warm_ups, "passes of a case before one counts")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::Range(0, int{bench::SweepOptions::kMostWarmUps}));
    app.add_option("--processes", o.sweep.processes, "process starts that take turns")
        ->group(group)
        ->capture_default_str()
        ->check(CLI::Range(1, int{bench::SweepOptions::kMostProcesses}));
    app.add_option("--budget", o.sweep.budget_s, "seconds for everything, shared by the cases")
        ->group(group)
        ->check(CLI::PositiveNumber);
    app.add_option("--seed", o.seed, "of the order of passes; else another one each time")
        ->group(group);
    app.add_option_function<double>(
           "--level", [&o](double percent) { o.level = percent / kPercent; },
           "of confidence, percent")
        ->group(group)
        ->default_str(fmt::format("{:g}", o.level * kPercent))
        ->check(CLI::Range(50.0, 99.9));
}

}  // namespace

void add_measure_options(CLI::App& app, BenchMeasure& options) {
    app.add_option("input,--input", options.input, "the clip")->type_name("CLIP");
    app.add_flag("--product", options.product,
                 "every combination of the values, not one option at a time")
        ->group("Measuring");
    add_sampling_options(app, options);
    options.settings.add_to(app);
    app.add_option("--config", options.config, "settings in TOML: option names as keys")
        ->group("Run")
        ->type_name("FILE")
        ->configurable(false);
    app.add_flag("-q,--quiet", options.quiet, "errors only")->group("Run");
    app.add_flag("--json", options.json, "progress and messages as JSON lines on stderr")
        ->group("Run");
}

}  // namespace closet
