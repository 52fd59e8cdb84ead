#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "bench/compare/ab.h"
#include "bench/compare/compare.h"
#include "bench/result/result_file.h"
#include "bench/result/result_json.h"
#include "bench/sweep/outputs.h"
#include "closet/bench/bench_command.h"
#include "closet/bench/bench_options.h"
#include "closet/bench/bench_session.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"

namespace closet {
namespace {

/// What counts as a regression, for `compare` and `ab`.
struct JudgeOptions {
    bench::CompareOptions compare;
    bool fail_on_inconclusive = false;
};

/// A flag that takes "5" or "5%" for 0.05.
void add_percent(CLI::App& app, const std::string& name, double& share, const std::string& help) {
    app.add_option_function<std::string>(
           name,
           [name, &share](const std::string& text) {
               double percent = -1;
               const char* end = text.data() + text.size();
               const auto [rest, error] = std::from_chars(text.data(), end, percent);
               const bool is_all = rest == end || std::string_view(rest, end) == "%";
               if (error != std::errc() || !is_all || !(percent >= 0 && percent <= 100)) {
                   throw CLI::ValidationError(name,
                                              fmt::format("{}: give a percentage, as 5%", text));
               }
               share = percent / 100;
           },
           help)
        ->default_str(fmt::format("{:g}%", share * 100))
        ->type_name("PERCENT");
}

/// Adds --max-slowdown, --max-quality-drop and --fail-on.
void add_judge_options(CLI::App& app, JudgeOptions& options) {
    add_percent(app, "--max-slowdown", options.compare.max_slowdown,
                "loss of frames a second that is allowed");
    add_percent(app, "--max-quality-drop", options.compare.max_quality_drop,
                "loss of PCK@0.1, and rise of the keypoint error, that is allowed, in percentage "
                "points");
    app.add_option_function<std::string>(
           "--fail-on",
           [&options](const std::string& what) {
               options.fail_on_inconclusive = what == "inconclusive";
           },
           "inconclusive: exit with 4 where the figures cannot tell; regression: they may")
        ->default_str("regression")
        ->check(CLI::IsMember({"regression", "inconclusive"}));
}

/// kExitDone, kExitRegression or kExitInconclusive.
int exit_code_of(bench::Verdict verdict, const JudgeOptions& options) {
    if (verdict == bench::Verdict::kWorse) {
        return kExitRegression;
    }
    return verdict == bench::Verdict::kInconclusive && options.fail_on_inconclusive
               ? kExitInconclusive
               : kExitDone;
}

struct CompareCommandOptions {
    std::string base, next;
    JudgeOptions judge;
};

int run_compare(const CompareCommandOptions& options) {
    const bench::Sweep base = bench::read_result(options.base);
    const bench::Sweep next = bench::read_result(options.next);
    const bench::Comparison comparison = bench::compare_results(base, next, options.judge.compare);
    fmt::print("{}", bench::to_text(comparison, options.judge.compare));
    return exit_code_of(comparison.verdict(), options.judge);
}

/// Passes of each build: at the noise of a shared machine (2 to 4 % of a pass) intervals are then
/// about 4 % to each side, and the demo's clip takes two minutes with every frame inferred.
constexpr int kRepeats = 24;

struct AbOptions {
    BenchMeasure measure;
    JudgeOptions judge;
    std::string base;  ///< closet's binary; empty: this one
    std::string save_base, save_new;
};

/// A result that is written when it is whole; its file is claimed before anything is measured.
class Result {
  public:
    explicit Result(const std::string& path) {
        if (!path.empty()) {
            file_.emplace(path, bench::json_text, clock_);
        }
    }
    void save(const bench::Sweep& sweep) {
        if (file_) {
            file_->finished(sweep);
        }
    }

  private:
    bench::SteadyClock clock_;
    std::optional<bench::RewrittenFile> file_;
};

/// A sentence for each case whose poses differ between the builds: then speed is not all that
/// changed.
void tell_of_other_work(const bench::TwoSweeps& both) {
    for (const std::string& id : bench::cases_with_other_work(both)) {
        console::print_line(
            fmt::format("{}: the builds found other poses; compare their quality with closet bench "
                        "and closet bench compare",
                        id));
    }
}

bench::AbResult measure(AbOptions& options) {
    const BenchMeasure& measure = options.measure;
    console::set_style({.quiet = measure.quiet, .json = measure.json});
    if (!options.base.empty() && !std::filesystem::is_regular_file(options.base)) {
        throw ConfigError(
            fmt::format("--base {}: no such file; give the closet program of the "
                        "other build",
                        options.base));
    }
    const bench::SweepPlan plan = plan_measurement(options.measure);
    std::vector<NamedFile> reads = files_read(measure, plan);
    reads.push_back({"the program of --base", options.base});
    check_names(reads, {{"--save-base", options.save_base}, {"--save-new", options.save_new}});
    Result base(options.save_base), next(options.save_new);
    interrupt::install();
    const bench::Session session = make_session(measure, plan);
    options.judge.compare.level = measure.level;
    bench::AbResult result = bench::compare_builds(
        session.make_sweep(), measure.sweep, hooks_of(session), session.worker(options.base),
        session.worker({}), bench::SteadyClock(), options.judge.compare,
        [&](const bench::TwoSweeps& both) {
            console::set_status("");
            base.save(both.base);
            next.save(both.next);
        });
    console::set_status("");
    return result;
}

/// Tells of the cases that a build could not run; true where there is one.
bool tell_of_failures(const bench::TwoSweeps& both) {
    bool has_failed = false;
    for (const bench::Sweep* sweep : {&both.base, &both.next}) {
        for (const bench::Case& measured : sweep->cases) {
            if (!measured.failure.empty()) {
                log::error("{}: {}: {}", sweep == &both.base ? "base" : "new", measured.id,
                           measured.failure);
                has_failed = true;
            }
        }
    }
    return has_failed;
}

/// The exit code of a run that found `code` where nothing went wrong.
int finish(const bench::TwoSweeps& both, int code) {
    if (interrupt::requested()) {
        return kExitInterrupted;
    }
    return tell_of_failures(both) ? static_cast<int>(kExitFailed) : code;
}

int run_ab_command(AbOptions& options) {
    if (options.base.empty()) {
        throw ConfigError("--base is missing: give the closet program of the other build");
    }
    const auto [both, comparison] = measure(options);
    fmt::print("{}", bench::to_text(comparison, options.judge.compare));
    tell_of_other_work(both);
    return finish(both, exit_code_of(comparison.verdict(), options.judge));
}

int run_aa_command(AbOptions& options) {
    const auto [both, comparison] = measure(options);
    fmt::print("{}", bench::to_text(comparison, options.judge.compare));
    fmt::print("{}\n", bench::to_text(bench::noise_floor(comparison)));
    return finish(both, kExitDone);
}

void add_options(CLI::App& app, AbOptions& options) {
    auto& stopping = options.measure.sweep.stopping;
    stopping.min_repeats = stopping.max_repeats = kRepeats;
    add_measure_options(app, options.measure);
    add_judge_options(app, options.judge);
    app.add_option("--save-base", options.save_base, "write the base's result as JSON")
        ->type_name("FILE");
    app.add_option("--save-new", options.save_new, "write this build's result as JSON")
        ->type_name("FILE");
}

}  // namespace

Command add_bench_compare(CLI::App& bench) {
    CLI::App* compare = bench.add_subcommand(
        "compare",
        "tell of each case whether it got better, worse, stayed the same, or cannot be "
        "told");
    const auto options = std::make_shared<CompareCommandOptions>();
    compare->add_option("base", options->base, "result to compare with, .json or .jsonl")
        ->required()
        ->type_name("BASE");
    compare->add_option("new", options->next, "result to judge")->required()->type_name("NEW");
    add_judge_options(*compare, options->judge);
    compare->add_flag("--force", options->judge.compare.force,
                      "compare results of different machines, clips or settings");
    return {compare, [options] { return run_compare(*options); }};
}

Command add_bench_ab(CLI::App& bench) {
    CLI::App* ab = bench.add_subcommand(
        "ab", "measure another build of closet and this one, interleaved in one run, and judge");
    const auto options = std::make_shared<AbOptions>();
    add_options(*ab, *options);
    ab->add_option("--base", options->base, "the other build's closet program")
        ->type_name("PROGRAM");
    return {ab, [options] { return run_ab_command(*options); }};
}

Command add_bench_aa(CLI::App& bench) {
    CLI::App* aa = bench.add_subcommand(
        "aa", "measure this build against itself: the smallest change that can be seen here");
    const auto options = std::make_shared<AbOptions>();
    add_options(*aa, *options);
    return {aa, [options] { return run_aa_command(*options); }};
}

}  // namespace closet
