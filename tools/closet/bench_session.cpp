#include "bench_session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/probe/in_process_runner.h"
#include "bench/probe/worker_runner.h"
#include "bench/quality/case_figures.h"
#include "bench/stats/bootstrap.h"
#include "bench/sweep/context.h"
#include "build_info.h"
#include "console.h"
#include "core/json_string.h"
#include "core/sha256.h"
#include "encode/libav_facts.h"
#include "infer/run/device.h"
#include "interrupt.h"
#include "progress.h"

namespace closet {
namespace {

using namespace std::chrono_literals;

/// How long this process sleeps to see what others do.
constexpr auto kLookAround = 500ms;

/// How often progress is told where there is no terminal.
constexpr double kLinePeriod_s = 15;

/// A path of this very program that a child can be started from.
constexpr const char* kOwnBinary = "/proc/self/exe";

bench::BuildFacts build_facts() {
    bench::BuildFacts facts;
    const BuildInfo own = build_info();
    facts.closet_version = own.version;
    facts.revision = own.revision;
    facts.build_type = own.build_type;
    facts.compiler = own.compiler;
    facts.sanitizers = own.sanitizers;
    facts.libraries["LibTorch"] = torch_version();
    for (const LibraryVersion& library : libav_versions()) {
        facts.libraries[library.name] = library.version;
    }
    for (const Device device : available_devices()) {
        if (device.is_cuda() && facts.gpu.empty()) {
            facts.gpu = describe_device(device);
        }
    }
    return facts;
}

std::string other_load() {
    const auto before = bench::read_cpu_times();
    std::this_thread::sleep_for(kLookAround);
    const auto after = bench::read_cpu_times();
    return before && after ? bench::describe_other_load(*before, *after) : std::string();
}

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
        } else if (now.elapsed_s - shown_s_ >= kLinePeriod_s) {
            shown_s_ = now.elapsed_s;
            console::print_line(text);
        }
    }

  private:
    double shown_s_ = 0;
};

}  // namespace

BenchSession::BenchSession(const BenchMeasure& options, const MeasurePlan& plan)
    : plan_(plan),
      probe_(options.probe),
      player_(std::make_shared<bench::CasePlayer>(options.probe, resolve_case)),
      level_(options.level) {
    context_ = make_context(options);
}

bench::Context BenchSession::make_context(const BenchMeasure& options) const {
    const bench::BuildFacts facts = build_facts();
    bench::Context context = bench::describe_machine(facts);
    context.warnings = bench::find_doubts(facts, context);
    if (std::string load = other_load(); !load.empty()) {
        context.warnings.push_back(std::move(load));
    }
    const bench::CaseOptions base = resolve_case(plan_.base);
    const MemoryClip& clip = player_->clip(base.fit.decode);
    context.clip = options.input;
    std::error_code error;
    if (std::filesystem::is_regular_file(options.input, error)) {
        context.clip_sha256 = sha256_of_file(options.input);
    }
    if (!base.garment.empty()) {
        context.garment_sha256 = sha256_of_file(base.garment);
    }
    context.frames = static_cast<std::int64_t>(clip.frames().size());
    if (!clip.frames().empty()) {
        context.width = clip.frames().front().width();
        context.height = clip.frames().front().height();
    }
    context.frames_per_s = av_q2d(clip.info()->frame_rate);
    for (const auto& [name, value] : all_fit_settings(plan_.base)) {
        const bool is_swept =
            std::any_of(plan_.axes.begin(), plan_.axes.end(),
                        [&name = name](const bench::Axis& axis) { return axis.name == name; });
        if (!is_swept && name != "garment") {  // which stands there by its bytes
            context.settings[name] = value;
        }
    }
    context.contains = bench::describe_contents(probe_, base.fit);
    context.seed = options.seed;
    return context;
}

bench::Sweep BenchSession::make_sweep() const {
    bench::Sweep sweep;
    sweep.context = context_;
    sweep.cases = plan_.cases;
    for (const bench::Axis& axis : plan_.axes) {
        sweep.axes.push_back(axis.name);
    }
    return sweep;
}

bench::SweepHooks BenchSession::hooks() const {
    bench::SweepHooks hooks;
    const bench::BootstrapOptions bootstrap{
        .level = level_, .resamples = bench::BootstrapOptions{}.resamples, .seed = context_.seed};
    hooks.interval_of = [bootstrap](std::span<const double> seconds) {
        return bench::bootstrap_median(seconds, bootstrap);
    };
    hooks.summarise = [cores = context_.cores, level = level_,
                       seed = context_.seed](bench::Case& measured) {
        bench::fill_figures(measured, cores, level, seed);
    };
    hooks.interrupted = [] { return interrupt::requested(); };
    hooks.progress = ShowProgress();
    return hooks;
}

bench::StartRunner BenchSession::in_process() const {
    return [player = player_] {
        return std::make_unique<bench::InProcessRunner>(
            player, [](std::int64_t, std::int64_t) { return !interrupt::requested(); });
    };
}

bench::StartRunner BenchSession::worker(const std::string& binary) const {
    const std::vector<std::string> command{binary.empty() ? kOwnBinary : binary, "bench", "worker"};
    return
        [command, probe = probe_] { return std::make_unique<bench::WorkerRunner>(command, probe); };
}

}  // namespace closet
