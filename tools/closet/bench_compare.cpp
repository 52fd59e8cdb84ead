#include <memory>
#include <string>

#include <fmt/format.h>

#include "bench/compare/compare.h"
#include "bench/sweep/result_file.h"
#include "bench_command.h"
#include "bench_verdict.h"

namespace closet {
namespace {

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

}  // namespace closet
