#include "pipeline/stage_metrics.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace closet {
namespace {

/// From this share of all cores on, more speed needs less work rather than more overlap.
constexpr double kProcessorIsFull = 0.9;

/// From this share of a stage on one of its parts is named beside it.
constexpr double kMostOfStage = 0.5;

/// ", mostly network", where one part takes most of the stage's time.
std::string main_part(const StageMetrics& stage) {
    for (const PartTime& part : stage.parts) {
        const bool is_work = part.name != to_string(Part::kBatchWait);
        if (is_work && part.total_s >= kMostOfStage * stage.busy_s) {
            return ", mostly " + part.name;
        }
    }
    return "";
}

double seconds(const std::atomic<std::int64_t>& nanoseconds) {
    return 1e-9 * static_cast<double>(nanoseconds.load(std::memory_order_relaxed));
}

}  // namespace

void StageClock::sample_cpu() {
    timespec time{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0) {
        cpu_.store(std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec,
                   std::memory_order_relaxed);
    }
}

StageMetrics StageClock::read() const {
    StageMetrics metrics;
    metrics.name = name_;
    metrics.busy_s = seconds(busy_);
    metrics.cpu_s = seconds(cpu_);
    metrics.wait_input_s = seconds(wait_input_);
    metrics.wait_output_s = seconds(wait_output_);
    metrics.items_in = items_in();
    metrics.items_out = items_out_.load(std::memory_order_relaxed);
    metrics.first_item_s = seconds(first_item_);
    metrics.parts = parts_.read();
    return metrics;
}

std::string describe_bottleneck(const std::vector<StageMetrics>& stages, double wall_s,
                                double cpu_s, unsigned cores) {
    if (stages.empty() || wall_s <= 0 || cores == 0) {
        return "nothing was measured";
    }
    const auto busiest = std::max_element(
        stages.begin(), stages.end(),
        [](const StageMetrics& a, const StageMetrics& b) { return a.busy_s < b.busy_s; });
    const double load = cpu_s / (wall_s * cores);
    const double share = 100 * busiest->busy_s / wall_s;
    if (load >= kProcessorIsFull) {
        return fmt::format(
            "the processor ({} cores {:.0f} % busy); the busiest stage is {} ({:.0f} %{})", cores,
            100 * load, busiest->name, share, main_part(*busiest));
    }
    return fmt::format("{} (busy {:.0f} % of the time{}; the processor {:.0f} %)", busiest->name,
                       share, main_part(*busiest), 100 * load);
}

}  // namespace closet
