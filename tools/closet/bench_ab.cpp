#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/compare/ab.h"
#include "bench/compare/compare.h"
#include "bench/sweep/outputs.h"
#include "bench/sweep/result_json.h"
#include "bench_command.h"
#include "bench_options.h"
#include "bench_session.h"
#include "bench_verdict.h"
#include "console.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "exit_code.h"
#include "interrupt.h"

namespace closet {
namespace {

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
    for (std::size_t i = 0; i < both.base.cases.size(); ++i) {
        const auto first_work = [](const bench::Case& measured) -> const bench::Work* {
            for (const bench::Sample& sample : measured.samples) {
                if (sample.counts()) {
                    return &sample.work;
                }
            }
            return nullptr;
        };
        const bench::Work* base = first_work(both.base.cases[i]);
        const bench::Work* next = first_work(both.next.cases[i]);
        if (base != nullptr && next != nullptr && !(*base == *next)) {
            console::print_line(fmt::format(
                "{}: the builds found other poses; compare their quality with closet bench and "
                "closet bench compare",
                both.base.cases[i].id));
        }
    }
}

struct Measured {
    bench::TwoSweeps both;
    bench::Comparison comparison;
};

/// Measures, and what was called faster or slower a second time: see Note [Said twice].
Measured measure(AbOptions& options) {
    const BenchMeasure& measure = options.measure;
    console::set_style({.quiet = measure.quiet, .json = measure.json});
    if (!options.base.empty() && !std::filesystem::is_regular_file(options.base)) {
        throw ConfigError(
            fmt::format("--base {}: no such file; give the closet program of the "
                        "other build",
                        options.base));
    }
    const MeasurePlan plan = plan_measurement(options.measure);
    std::vector<NamedFile> reads = files_read(measure, plan);
    reads.push_back({"the program of --base", options.base});
    check_names(reads, {{"--save-base", options.save_base}, {"--save-new", options.save_new}});
    Result base(options.save_base), next(options.save_new);
    interrupt::install();
    const BenchSession session(measure, plan);
    const bench::SteadyClock clock;
    const auto run = [&](const bench::Sweep& cases) {
        bench::TwoSweeps both =
            bench::run_ab(cases, measure.sweep, session.hooks(), session.worker(options.base),
                          session.worker({}), clock);
        console::set_status("");
        return both;
    };
    options.judge.compare.pairing = bench::Pairing::kByRound;
    options.judge.compare.level = measure.level;
    bench::Sweep cases = session.make_sweep();
    Measured measured{run(cases), {}};
    base.save(measured.both.base);
    next.save(measured.both.next);
    measured.comparison =
        bench::compare_results(measured.both.base, measured.both.next, options.judge.compare);

    const auto called = bench::cases_to_confirm(measured.comparison);
    if (!called.empty() && !interrupt::requested()) {
        std::erase_if(cases.cases, [&](const bench::Case& each) {
            return std::find(called.begin(), called.end(), each.id) == called.end();
        });
        ++cases.context.seed;  // another order of passes
        const bench::TwoSweeps again = run(cases);
        bench::confirm(measured.comparison,
                       bench::compare_results(again.base, again.next, options.judge.compare));
    }
    return measured;
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
