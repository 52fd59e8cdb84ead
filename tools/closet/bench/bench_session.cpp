#include "closet/bench/bench_session.h"

#include <map>
#include <random>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "closet/build_info.h"
#include "closet/console.h"
#include "closet/fit/fit_settings.h"
#include "closet/interrupt.h"
#include "closet/progress.h"
#include "closet/wearer_options.h"
#include "core/error.h"
#include "core/json_string.h"
#include "core/sha256.h"
#include "encode/libav_facts.h"
#include "infer/run/device.h"
#include "warp/warps.h"

namespace closet {
namespace {

/// How often progress is told where there is no terminal.
constexpr double kLinePeriodS = 15;

/// Where a run stands: a line that is redrawn on a terminal, one now and then elsewhere.
class ShowProgress {
  public:
    void operator()(const bench::SweepProgress& now) {
        const console::Style style = console::style();
        if (style.json) {
            const nlohmann::json event{{"event", "pass"},          {"case", now.case_id},
                                       {"round", now.round},       {"cases_done", now.cases_done},
                                       {"cases", now.cases},       {"elapsed_s", now.elapsed_s},
                                       {"left_s", now.remaining_s}};
            console::print_event(json_string(event));
            return;
        }
        const std::string text = fmt::format(
            "round {}, {} of {} cases done, {} passes, {} left: {}", now.round + 1, now.cases_done,
            now.cases, now.samples, format_duration(now.remaining_s), now.case_id);
        if (console::is_terminal()) {
            console::set_status(text);
        } else if (now.elapsed_s - shown_s_ >= kLinePeriodS) {
            shown_s_ = now.elapsed_s;
            console::print_line(text);
        }
    }

  private:
    double shown_s_ = 0;
};

std::map<std::string, std::string> all_settings(const std::vector<bench::Setting>& given) {
    std::map<std::string, std::string> settings;
    for (const auto& [name, value] : all_fit_settings(given)) {
        settings[name] = value;
    }
    return settings;
}

}  // namespace

bench::SweepPlan plan_measurement(BenchMeasure& options) {
    if (options.inputs.empty()) {
        throw ConfigError("no clip: give the video to measure with, as in closet bench clip.mp4");
    }
    if (options.inputs.size() > bench::kMaximumClips) {
        throw ConfigError(
            fmt::format("{} clips: give at most {}", options.inputs.size(), bench::kMaximumClips));
    }
    bench::SweepPlan plan =
        bench::plan_sweep(with_chosen_garments(options.settings.given()), all_settings({}),
                          options.product ? bench::Layout::kProduct : bench::Layout::kOneAtATime);
    options.probe.clips = options.inputs;
    options.probe.base = plan.base;
    bench::include_parts(options.include, options.probe);
    bench::validate(options.sweep);
    for (const bench::Case& planned : plan.cases) {
        find_warp(resolve_case(settings_of(plan, planned)).fit.warp.warp);
    }
    if (options.seed == 0) {
        options.seed = std::random_device()();
    }
    return plan;
}

bench::CaseOptions resolve_case(const std::vector<bench::Setting>& settings) {
    FitSetting setting = parse_fit_settings(settings);
    return {std::move(setting.fit), std::move(setting.garments), std::move(setting.cutter)};
}

std::vector<NamedFile> files_read(const BenchMeasure& options, const bench::SweepPlan& plan) {
    std::vector<NamedFile> files{{"the file of --config", options.config}};
    for (const std::string& clip : options.inputs) {
        files.push_back({"the clip", clip});
    }
    for (const bench::Case& planned : plan.cases) {
        const bench::CaseOptions used = resolve_case(settings_of(plan, planned));
        const std::vector<NamedFile> of_case =
            files_read(used.fit.infer, used.cutter, used.garments);
        files.insert(files.end(), of_case.begin(), of_case.end());
    }
    return files;
}

bench::Session make_session(const BenchMeasure& options, const bench::SweepPlan& plan) {
    const BuildInfo own = build_info();
    bench::SessionOptions session;
    session.probe = options.probe;
    session.resolve = resolve_case;
    session.settings = all_settings(plan.base);
    session.build.closet_version = own.version;
    session.build.revision = own.revision;
    session.build.build_type = own.build_type;
    session.build.compiler = own.compiler;
    session.build.sanitizers = own.sanitizers;
    session.seed = options.seed;
    session.level = options.level;
    session.interrupted = interrupt::requested;
    return {plan, std::move(session)};
}

bench::SweepHooks hooks_of(const bench::Session& session) {
    bench::SweepHooks hooks = session.hooks();
    hooks.progress = ShowProgress();
    return hooks;
}

}  // namespace closet
