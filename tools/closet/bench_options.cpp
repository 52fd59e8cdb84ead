#include "bench_options.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "warp/warps.h"
#include "wearer_options.h"

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

MeasurePlan plan_measurement(BenchMeasure& options) {
    if (options.input.empty()) {
        throw ConfigError("no clip: give the video to measure with, as in closet bench clip.mp4");
    }
    MeasurePlan plan;
    std::map<std::string, std::string> base_by_name;
    for (const auto& [name, value] : all_fit_settings({})) {
        base_by_name[name] = value;
    }
    for (const auto& [name, values] : options.settings.given()) {
        if (bench::find_axis(name) == nullptr) {
            for (const std::string& value : values) {
                plan.base.emplace_back(name, value);
                base_by_name[name] = value;
            }
            continue;
        }
        bench::Axis axis = bench::parse_axis(name, fmt::format("{}", fmt::join(values, ",")));
        if (axis.values.size() == 1) {
            plan.base.emplace_back(name, axis.values.front());
            base_by_name[name] = axis.values.front();
        } else {
            plan.axes.push_back(std::move(axis));
        }
    }
    plan.cases = bench::plan_cases(
        plan.axes, options.product ? bench::Layout::kProduct : bench::Layout::kOneAtATime,
        base_by_name);
    options.probe.clip = options.input;
    options.probe.base = plan.base;
    bench::include_parts(options.include, options.probe);
    bench::validate(options.sweep);
    for (const bench::Case& planned : plan.cases) {
        std::vector<bench::Setting> all = plan.base;
        all.insert(all.end(), planned.settings.begin(), planned.settings.end());
        find_warp(resolve_case(all).fit.warp.warp);
    }
    if (options.seed == 0) {
        options.seed = std::random_device()();
    }
    return plan;
}

bench::CaseOptions resolve_case(const std::vector<bench::Setting>& settings) {
    FitSetting setting = parse_fit_settings(settings);
    return {std::move(setting.fit), std::move(setting.garment)};
}

std::vector<NamedFile> files_read(const BenchMeasure& options, const MeasurePlan& plan) {
    std::vector<NamedFile> files{{"the clip", options.input},
                                 {"the file of --config", options.config}};
    for (const bench::Case& planned : plan.cases) {
        std::vector<bench::Setting> settings = plan.base;
        settings.insert(settings.end(), planned.settings.begin(), planned.settings.end());
        const bench::CaseOptions used = resolve_case(settings);
        files.push_back({"the garment", used.garment});
        const std::vector<NamedFile> networks = network_files(used.fit.infer);
        files.insert(files.end(), networks.begin(), networks.end());
    }
    return files;
}

}  // namespace closet
