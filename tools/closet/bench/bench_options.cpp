#include "closet/bench/bench_options.h"

#include <fmt/format.h>

#include "closet/config_file.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "warp/warps.h"

namespace closet {
namespace {

constexpr double kPercent = 100;

void add_sampling_options(CLI::App& app, BenchMeasure& o) {
    const char* group = "Measuring";
    app.add_option(flags::kInclude, o.include,
                   "what the measured time contains besides inference and painting: decode, "
                   "encode or both, separated by a comma")
        ->group(group);
    app.add_option(flags::kMaxFrames, o.probe.max_frames, "of each clip")
        ->group(group)
        ->check(CLI::PositiveNumber);
    add_options(app, bench::options_of(o.sweep));
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
    app.add_option("input,--input", options.inputs,
                   "the clip; of several, each is played once in every pass, and a case is judged "
                   "over all of them")
        ->type_name("CLIP");
    app.add_flag(flags::kProduct, options.product,
                 "every combination of the values, not one option at a time")
        ->group("Measuring");
    add_sampling_options(app, options);
    options.settings.add_to(app);
    add_option(app, config_option(options.config));
    app.add_flag("-q,--quiet", options.quiet, "errors only")->group("Run");
    app.add_flag("--json", options.json, "progress and messages as JSON lines on stderr")
        ->group("Run");
}

}  // namespace closet
