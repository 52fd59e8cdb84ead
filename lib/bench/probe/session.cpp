#include "bench/probe/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "bench/probe/in_process_runner.h"
#include "bench/probe/worker_runner.h"
#include "bench/quality/case_statistics.h"
#include "bench/stats/bootstrap.h"
#include "core/error.h"
#include "core/sha256.h"
#include "encode/libav_facts.h"
#include "infer/run/device.h"

namespace closet::bench {
namespace {

using namespace std::chrono_literals;

/// How long this process sleeps to see what others do.
constexpr auto kLookAround = 500ms;

/// A path of this very program that a child can be started from.
constexpr const char* kOwnBinary = "/proc/self/exe";

BuildFacts with_libraries(BuildFacts facts) {
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

/// A clip that counted twice would make intervals narrower than they are.
void refuse_copies(const std::vector<ClipFacts>& clips) {
    for (std::size_t i = 0; i < clips.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const bool is_same = clips[i].sha256.empty() ? clips[i].path == clips[j].path
                                                         : clips[i].sha256 == clips[j].sha256;
            if (is_same) {
                throw ConfigError(
                    fmt::format("{} is the same clip as {}: each clip counts once, so give it once",
                                clips[i].path, clips[j].path));
            }
        }
    }
}

std::string other_load() {
    const auto before = read_cpu_times();
    std::this_thread::sleep_for(kLookAround);
    const auto after = read_cpu_times();
    return before && after ? describe_other_load(*before, *after) : std::string();
}

}  // namespace

Session::Session(SweepPlan plan, SessionOptions options)
    : plan_(std::move(plan)),
      options_(std::move(options)),
      player_(std::make_shared<CasePlayer>(options_.probe, options_.resolve)),
      context_(make_context()) {}

Context Session::make_context() const {
    const BuildFacts facts = with_libraries(options_.build);
    Context context = describe_machine(facts);
    context.warnings = find_warnings(facts, context);
    if (std::string load = other_load(); !load.empty()) {
        context.warnings.push_back(std::move(load));
    }
    const CaseOptions base = player_->resolve({});
    for (std::size_t i = 0; i < options_.probe.clips.size(); ++i) {
        context.clips.push_back(facts_of(i, base.fit.decode));
    }
    refuse_copies(context.clips);
    for (const GarmentChoice& garment : base.garments) {
        context.garment_sha256 +=
            (context.garment_sha256.empty() ? "" : "+") + sha256_of_file(garment.path);
    }
    for (const auto& [name, value] : options_.settings) {
        const bool is_swept =
            std::any_of(plan_.axes.begin(), plan_.axes.end(),
                        [&name = name](const Axis& axis) { return axis.name == name; });
        if (!is_swept && name != "garment") {  // which stands there by its bytes
            context.settings[name] = value;
        }
    }
    context.contains = describe_contents(options_.probe, base.fit);
    context.seed = options_.seed;
    return context;
}

ClipFacts Session::facts_of(std::size_t number, const DecodeOptions& decode) const {
    ClipFacts facts;
    facts.path = options_.probe.clips[number];
    const MemoryClip& clip = player_->clip(number, decode);
    std::error_code error;
    if (std::filesystem::is_regular_file(facts.path, error)) {
        facts.sha256 = sha256_of_file(facts.path);
    }
    facts.frames = static_cast<std::int64_t>(clip.frames().size());
    if (!clip.frames().empty()) {
        facts.width = clip.frames().front().width();
        facts.height = clip.frames().front().height();
    }
    facts.frames_per_s = av_q2d(clip.info()->frame_rate);
    return facts;
}

Sweep Session::make_sweep() const {
    Sweep sweep;
    sweep.context = context_;
    sweep.cases = plan_.cases;
    for (const Axis& axis : plan_.axes) {
        sweep.axes.push_back(axis.name);
    }
    return sweep;
}

FitTick Session::tick() const {
    return
        [interrupted = options_.interrupted](std::int64_t, std::int64_t) { return !interrupted(); };
}

SweepHooks Session::hooks() const {
    SweepHooks hooks;
    BootstrapOptions bootstrap;
    bootstrap.level = options_.level;
    bootstrap.seed = options_.seed;
    hooks.interval_of = [bootstrap](std::span<const double> seconds) {
        return bootstrap_median(seconds, bootstrap);
    };
    hooks.summarize = [cores = context_.cores, level = options_.level, seed = options_.seed](
                          Case& measured) { fill_statistics(measured, cores, level, seed); };
    hooks.interrupted = options_.interrupted;
    return hooks;
}

StartRunner Session::in_process() const {
    return [player = player_, tick = tick()] {
        return std::make_unique<InProcessRunner>(player, tick);
    };
}

StartRunner Session::worker(const std::string& binary) const {
    const std::vector<std::string> command{binary.empty() ? kOwnBinary : binary, "bench", "worker"};
    return [command, probe = options_.probe] {
        return std::make_unique<WorkerRunner>(command, probe);
    };
}

}  // namespace closet::bench
