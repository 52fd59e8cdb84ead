#include <iostream>
#include <memory>
#include <vector>

#include "bench/probe/in_process_runner.h"
#include "bench/probe/worker.h"
#include "closet/bench/bench_command.h"
#include "closet/bench/bench_session.h"
#include "closet/build_info.h"
#include "closet/command.h"

namespace closet {
namespace {

constexpr const char* kBenchExamples = R"(Examples:
  closet bench clip.mp4 -g shirt.png                              how fast are the defaults
  closet bench clip.mp4 -g shirt.png --batch 1-8                  one option, eight values
  closet bench a.mp4 b.mp4 c.mp4 -g shirt.png --every 1,2,6       judged over three clips
  closet bench clip.mp4 -g shirt.png --config configs/sweep-reference.toml --report sweep.html
  closet bench clip.mp4 -g shirt.png --batch 1,2,4 --scale 0.3-1.0+0.1 --product --budget 600
  closet bench clip.mp4 -g shirt.png --warp affine,mesh --include decode,encode --out warp.json
  closet bench compare base.json new.json --max-slowdown 5
  closet bench ab clip.mp4 -g shirt.png --base ../old/closet --max-slowdown 5
  closet bench aa clip.mp4 -g shirt.png                           the noise floor of this machine
Lists: 1,2,4-8; ranges with steps: 0.3-1.0+0.1 and 1-64*2. Options with several values are swept one
at a time, or in all combinations with --product. docs/benchmarking.md tells the method.
Exit codes: 0 done, 1 a case failed or an alert was crossed, 2 wrong usage, 3 slower or worse than
the base, 4 inconclusive (with --fail-on inconclusive), 130 interrupted.)";

/// Measures for another closet process; see Note [Worker protocol].
int run_worker() {
    const BuildInfo own = build_info();
    const bench::WorkerFacts facts{own.version, own.revision};
    return bench::serve(std::cin, std::cout, facts, [](const bench::ProbeOptions& options) {
        return std::make_unique<bench::InProcessRunner>(
            std::make_shared<bench::CasePlayer>(options, resolve_case));
    });
}

Command add_worker(CLI::App& bench) {
    CLI::App* worker = bench.add_subcommand("worker", "measure for another closet process");
    worker->group("");  // hidden: not for people
    return {worker, run_worker};
}

}  // namespace

Command add_bench_command(CLI::App& app) {
    CLI::App* bench = app.add_subcommand(
        "bench", "measure what settings cost and gain, and compare builds and results");
    bench->footer(kBenchExamples);
    const auto commands = std::make_shared<std::vector<Command>>(std::vector{
        add_bench_compare(*bench), add_bench_ab(*bench), add_bench_aa(*bench), add_worker(*bench)});
    const std::function<int()> sweep = add_bench_sweep(*bench);
    return {bench, [commands, sweep] {
                for (const Command& command : *commands) {
                    if (command.app->parsed()) {
                        return command.run();
                    }
                }
                return sweep();
            }};
}

}  // namespace closet
