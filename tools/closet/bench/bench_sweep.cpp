#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/compare/alerts.h"
#include "bench/compare/ranking.h"
#include "bench/plot/sweep_plots.h"
#include "bench/probe/in_process_runner.h"
#include "bench/probe/quality_judge.h"
#include "bench/report/formats.h"
#include "bench/report/text_report.h"
#include "bench/result/context.h"
#include "bench/result/metric.h"
#include "bench/result/result_file.h"
#include "bench/sweep/outputs.h"
#include "bench/sweep/plan.h"
#include "closet/bench/bench_command.h"
#include "closet/bench/bench_options.h"
#include "closet/bench/bench_session.h"
#include "closet/command.h"
#include "closet/console.h"
#include "closet/interrupt.h"
#include "closet/option_binding.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "similarity/lpips.h"

namespace closet {
namespace {

/// Prints the cases and how long they would take, after one pass with the base settings.
void print_plan(const BenchOptions& options, const bench::SweepPlan& plan) {
    for (const bench::Case& planned : plan.cases) {
        fmt::print("{}\n", planned.id);
    }
    const bench::Session session = make_session(options.measure, plan);
    bench::InProcessRunner runner(session.player());
    const bench::Sample pass = runner.run({}, false);
    fmt::print("{} cases, one pass of the base settings takes {:.2f} s: {}\n", plan.cases.size(),
               pass.wall_s,
               bench::to_text(
                   bench::estimate_time(plan.cases.size(), pass.wall_s, options.measure.sweep)));
}

/// All files that follow the sweep.
std::unique_ptr<bench::Outputs> make_outputs(const BenchOptions& options,
                                             const bench::Clock& clock) {
    auto outputs = std::make_unique<bench::Outputs>();
    const auto add = [&](const std::string& text) {
        outputs->add(bench::make_output(text, options.constraints, options.measure.level, clock));
    };
    for (const std::string& text : options.out) {
        add(text);
    }
    if (!options.report.empty()) {
        add("html:" + options.report);
    }
    return outputs;
}

/// Throws where the run would write two files into one, or over one that it reads; a result may be
/// resumed into itself.
void check_files(const BenchOptions& options, const bench::SweepPlan& plan) {
    std::vector<NamedFile> reads = files_read(options.measure, plan), writes;
    for (const std::string& labels : options.labels) {
        reads.push_back({"the file of --labels", labels});
    }
    for (const std::string& model : options.lpips_models) {
        reads.push_back({"the network of --lpips-model", model});
    }
    for (const std::string& text : options.out) {
        writes.push_back({"--out", bench::output_path(text)});
    }
    writes.push_back({"--report", options.report});
    check_names(reads, writes);
}

/// Fills the figures of a case and, when it is first asked of a case, its quality. A case whose
/// quality cannot be told keeps its speed, and the sweep a warning.
class Summarize {
  public:
    Summarize(std::function<void(bench::Case&)> figures, std::optional<bench::QualityJudge> judge,
              std::vector<std::string>& warnings)
        : figures_(std::move(figures)),
          judge_(std::make_shared<std::optional<bench::QualityJudge>>(std::move(judge))),
          warnings_(warnings) {}

    void operator()(bench::Case& measured) const {
        figures_(measured);
        const bool is_measured = measured.frames_per_s.has_value();
        if (!is_measured || measured.quality || !*judge_ || interrupt::requested()) {
            return;
        }
        try {
            (*judge_)->judge(measured);
        } catch (const std::exception& error) {
            warnings_.push_back(sentence_of(error));
            log::warning("{}", warnings_.back());
        }
    }

  private:
    std::function<void(bench::Case&)> figures_;
    std::shared_ptr<std::optional<bench::QualityJudge>> judge_;
    std::vector<std::string>& warnings_;
};

/// The quality's judge, or nothing where the reference itself cannot be played.
std::optional<bench::QualityJudge> make_judge(const BenchOptions& options,
                                              const std::shared_ptr<const Lpips>& lpips,
                                              const bench::Session& session, bench::Sweep& sweep) {
    if (options.quality == "off") {
        return std::nullopt;
    }
    try {
        console::set_status("playing the reference for quality");
        return bench::QualityJudge(session.player(), sweep.context,
                                   {options.labels, lpips, options.measure.level}, session.tick());
    } catch (const ConfigError&) {
        throw;
    } catch (const std::exception& error) {
        sweep.context.warnings.push_back(fmt::format("no quality: {}", sentence_of(error)));
        log::warning("{}", sweep.context.warnings.back());
        return std::nullopt;
    }
}

void print_result(const BenchOptions& options, const bench::Sweep& sweep) {
    const double level = options.measure.level;
    fmt::print("{}", bench::sweep_text(options.format, sweep, options.constraints, level));
    if (options.format != "table") {
        return;
    }
    for (const std::string& sentence : bench::judge_published(sweep, level)) {
        fmt::print("the reference's {}\n", sentence);
    }
    if (sweep.cases.size() == 1) {
        fmt::print("\n{}", bench::stage_table(sweep.cases.front()));
    }
}

/// 0 or 1, and what was crossed on stderr.
int check_sweep(const bench::Sweep& sweep, const std::vector<bench::Alert>& alerts) {
    const bench::AlertReport report = bench::check_alerts(alerts, sweep.cases);
    for (const std::string& sentence : report.crossed) {
        log::error("alert: {}", sentence);
    }
    for (const std::string& sentence : report.unchecked) {
        log::warning("alert not checked: {}", sentence);
    }
    const bool has_failed = std::any_of(sweep.cases.begin(), sweep.cases.end(),
                                        [](const bench::Case& c) { return !c.failure.empty(); });
    for (const bench::Case& measured : sweep.cases) {
        if (!measured.failure.empty()) {
            log::error("{}: {}", measured.id, measured.failure);
        }
    }
    return has_failed || !report.crossed.empty() ? kExitFailed : kExitDone;
}

/// What slowed the machine down while it was measured, as a warning of the sweep.
void note_throttling(std::optional<std::int64_t> before, bench::Sweep& sweep) {
    const auto after = bench::read_throttle_count();
    if (before && after && *after > *before) {
        sweep.context.warnings.push_back(fmt::format(
            "the processor was slowed down for heat {} times during the sweep", *after - *before));
    }
}

int run_sweep_command(BenchOptions& options) {
    BenchMeasure& measure = options.measure;
    console::set_style({.quiet = measure.quiet, .json = measure.json});
    std::vector<bench::Alert> alerts;
    for (const std::string& text : options.alerts) {
        alerts.push_back(bench::parse_alert(text));
    }
    const bench::SweepPlan plan = plan_measurement(measure);
    if (options.dry_run) {
        print_plan(options, plan);
        return kExitDone;
    }
    check_files(options, plan);
    const std::shared_ptr<const Lpips> lpips =
        options.quality == "lpips"
            ? std::make_shared<const Lpips>(find_lpips_files(options.lpips_models))
            : nullptr;
    interrupt::install();
    const bench::SteadyClock clock;
    const std::unique_ptr<bench::Outputs> outputs = make_outputs(options, clock);
    const bench::Session session = make_session(measure, plan);
    bench::Sweep sweep = session.make_sweep();
    if (lpips != nullptr) {
        sweep.context.settings["lpips-model"] = lpips->name();
    }
    if (!options.resume.empty()) {
        const std::size_t taken =
            bench::take_over(sweep, bench::read_result(options.resume), options.resume);
        console::print_line(fmt::format("{}: {} of {} cases taken over", options.resume, taken,
                                        sweep.cases.size()));
    }
    bench::SweepHooks hooks = hooks_of(session);
    hooks.start = measure.sweep.processes > 1 ? session.worker({}) : session.in_process();
    hooks.sink = outputs.get();
    hooks.summarize = Summarize(hooks.summarize, make_judge(options, lpips, session, sweep),
                                sweep.context.warnings);
    const auto throttled = bench::read_throttle_count();
    bench::run_sweep(sweep, measure.sweep, hooks, clock);
    console::set_status("");
    note_throttling(throttled, sweep);
    if (!options.plots.empty()) {
        bench::write_plots(options.plots, sweep,
                           bench::rank_cases(sweep, options.constraints, measure.level));
    }
    print_result(options, sweep);
    const int code = check_sweep(sweep, alerts);
    if (interrupt::requested()) {
        return kExitInterrupted;
    }
    return outputs->failures().empty() ? code : kExitFailed;
}

std::string metric_names() {
    std::vector<std::string_view> names;
    for (const bench::Metric& metric : bench::all_metrics()) {
        names.push_back(metric.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::function<int()> add_bench_sweep(CLI::App& bench) {
    const auto options = std::make_shared<BenchOptions>();
    add_measure_options(bench, options->measure);
    const char* quality = "Quality and verdict";
    bench
        .add_option("--labels", options->labels,
                    "COCO keypoints of the clip's frames, for OKS; images carry frame_index or "
                    "stand in the order of their ids; of several clips one file each, in their "
                    "order")
        ->group(quality)
        ->type_name("FILE")
        ->allow_extra_args(false);
    // Settings files say true or false, too.
    const CLI::Validator truth(
        [](std::string& text) {
            text = text == "true" ? "on" : text == "false" ? "off" : text;
            return std::string();
        },
        "");
    bench
        .add_option("--quality", options->quality,
                    "compare each case with batch 1, scale 1, every frame, fp32; lpips: LPIPS too")
        ->group(quality)
        ->capture_default_str()
        ->check(CLI::IsMember({"on", "off", "lpips"}))
        ->transform(truth);
    bench
        .add_flag_callback(
            "--no-quality", [&chosen = options->quality] { chosen = "off"; }, "--quality off")
        ->group(quality);
    add_option(bench, lpips_model_option(options->lpips_models))->group(quality);
    bench
        .add_option("--min-quality", options->constraints.min_quality,
                    "least PCK@0.1 of the best case, 0..1")
        ->group(quality)
        ->check(CLI::Range(0.0, 1.0));
    bench.add_option("--max-memory", options->constraints.max_memory_mb, "of the best case, MB")
        ->group(quality)
        ->check(CLI::PositiveNumber);
    bench
        .add_option("--max-latency", options->constraints.max_latency_ms,
                    "of the best case, ms, 95th percentile")
        ->group(quality)
        ->check(CLI::PositiveNumber);
    bench
        .add_option("--alert", options->alerts,
                    "a limit as 'latency_ms.p95>100'; exit code 1 where it is crossed. Figures: " +
                        metric_names())
        ->group(quality)
        ->type_name("LIMIT")
        ->allow_extra_args(false);
    const char* output = "Output";
    bench.add_option("-o,--format", options->format, "of what is printed")
        ->group(output)
        ->capture_default_str()
        ->check(CLI::IsMember(bench::result_formats()));
    bench
        .add_option("--out", options->out,
                    "file that follows the sweep: .json, .jsonl, .csv, .md, .html, .txt, or "
                    "FORMAT:FILE; may repeat")
        ->group(output)
        ->type_name("FILE")
        ->allow_extra_args(false);
    bench.add_option("--report", options->report, "one page with tables and plots, HTML")
        ->group(output)
        ->type_name("FILE");
    bench.add_option("--plots", options->plots, "the page's plots as SVG files, in this folder")
        ->group(output)
        ->type_name("FOLDER");
    bench.add_option("--resume", options->resume, "take finished cases over from this result")
        ->group(output)
        ->type_name("FILE");
    bench.add_flag("--dry-run", options->dry_run, "print the cases and how long they would take")
        ->group("Run")
        ->configurable(false);
    return [options] { return run_sweep_command(*options); };
}

}  // namespace closet
