#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "fit/fit.h"
#include "pipeline/pipeline.h"
#include "pipeline/process_usage.h"
#include "pipeline/serial.h"

namespace closet {

/// One rendering: owns the source and the report, and drives whatever chain it is given.
class FitRun {
  public:
    /// `open` belongs to the time that the report tells.
    FitRun(const FitOptions& options, const std::function<std::unique_ptr<FrameSource>()>& open,
           const FitTick& tick, const FitTaps& taps)
        : options_(options),
          tick_(tick),
          source_(open()),
          clip_(
              *source_, [this](std::int64_t frames) { return go_on(frames); }, taps.frame_in) {}

    const FrameSource& source() const { return *source_; }

    /// The run ends after so many frames.
    void end_after(std::int64_t frames) { most_ = frames; }

    /// Drives source -> stages -> sink to the end.
    template <class... Stages>
    void drive(Stages&... stages) {
        const Clock::time_point start = Clock::now();
        const double cpu_before = process_usage().cpu_s;
        if (options_.serial) {
            report.stages = run_serial({}, clip_, stages...);
        } else {
            constexpr std::size_t kMegabyte = 1'000'000;
            Pipeline pipeline({.queue_capacity = options_.queue_capacity,
                               .memory_bytes = options_.memory_mb * kMegabyte},
                              clip_, stages...);
            while (!pipeline.wait_for(kTickPeriod)) {
                tick(pipeline.metrics().back().items_in);
            }
            pipeline.wait();
            report.stages = pipeline.metrics();
            report.peak_frame_bytes = pipeline.peak_bytes();
        }
        report.stream_s = seconds_since(start);
        report.stream_cpu_s = process_usage().cpu_s - cpu_before;
        report.stages.front().name = source_->name();  // the type does not tell it from others
        report.first_frame_s = report.stages.back().first_item_s;
    }

    FitReport finished_report() {
        const ProcessUsage now = process_usage();
        report.wall_s = seconds_since(start_);
        report.cpu_s = now.cpu_s - usage_.cpu_s;
        report.peak_memory_bytes = now.peak_memory_bytes;
        report.frames_in = clip_.frames();
        report.bottleneck = describe_bottleneck(report.stages, report.wall_s, report.cpu_s,
                                                std::thread::hardware_concurrency());
        return std::move(report);
    }

    bool interrupted() const { return interrupted_; }

    FitReport report;

  private:
    using Clock = std::chrono::steady_clock;

    /// How often a run looks for an interrupt and reports its progress.
    static constexpr std::chrono::milliseconds kTickPeriod{100};

    static double seconds_since(Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    }

    void tick(std::int64_t done) {
        if (tick_ && !tick_(source_->passed() + done, source_->info()->estimated_frames)) {
            interrupted_ = true;
        }
    }

    bool go_on(std::int64_t frames) {
        if (options_.serial) {
            tick(frames);
        }
        return !interrupted_ && (!most_ || frames < *most_) &&
               (!options_.max_frames || source_->passed() + frames < *options_.max_frames);
    }

    Clock::time_point start_ = Clock::now();
    ProcessUsage usage_ = process_usage();
    const FitOptions& options_;
    const FitTick& tick_;
    std::atomic<bool> interrupted_{false};
    std::unique_ptr<FrameSource> source_;
    Clip clip_;
    std::optional<std::int64_t> most_;
};

}  // namespace closet
