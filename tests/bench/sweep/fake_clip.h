#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/stats/bootstrap.h"
#include "bench/sweep/case_runner.h"
#include "bench/sweep/plan.h"
#include "bench/sweep/runner.h"
#include "core/error.h"

namespace closet::bench::test {

/// A clock that only moves when a test moves it.
class FakeClock : public Clock {
  public:
    double now_s() const override { return now_s_; }
    void advance(double seconds) { now_s_ += seconds; }

  private:
    double now_s_ = 1000;  // clocks do not start at 0
};

/// A good pass over a clip of 3 frames.
inline Sample good_sample(double wall_s) {
    Sample sample;
    sample.wall_s = wall_s;
    sample.cpu_s = wall_s;
    sample.first_batch_s = wall_s / 3;
    sample.peak_memory_bytes = 100'000'000;
    sample.work = {3, 3, 3, 2, "ab12"};
    sample.latency_ms = {10, 11, 12};
    return sample;
}

/// What a fake clip does for one pass: the sample, or a throw.
using FakePass = std::function<Sample(int pass)>;

/// Runs cases whose time passes on a fake clock; notes the order in which they were run.
class FakeClip {
  public:
    explicit FakeClip(FakeClock& clock) : clock_(clock) {}

    /// What the case does whose settings have this value anywhere; pass counts from 0.
    void set(const std::string& value, FakePass pass) { passes_[value] = std::move(pass); }

    StartRunner start() {
        return [this] {
            ++starts;
            return std::make_unique<Runner>(*this);
        };
    }

    std::vector<std::string> order;  ///< values run, warm-ups with a "w" in front
    int starts = 0;

  private:
    class Runner : public CaseRunner {
      public:
        explicit Runner(FakeClip& clip) : clip_(clip) {}
        Sample run(const std::vector<Setting>& settings, bool warm_up) override {
            std::string name = settings.empty() ? "default" : settings.front().second;
            clip_.order.push_back((warm_up ? "w" : "") + name);
            const auto pass = clip_.passes_.find(name);
            Sample sample =
                pass == clip_.passes_.end() ? good_sample(1) : pass->second(clip_.counts_[name]);
            ++clip_.counts_[name];
            clip_.clock_.advance(sample.wall_s);
            return sample;
        }
        double model_load_s() const override { return 0.25; }

      private:
        FakeClip& clip_;
    };

    FakeClock& clock_;
    std::map<std::string, FakePass> passes_;
    std::map<std::string, int> counts_;
};

/// A sweep over --batch.
inline Sweep batch_sweep(const std::string& values, std::uint64_t seed = 7) {
    Sweep sweep;
    sweep.context.seed = seed;
    sweep.axes = {"batch"};
    sweep.cases = plan_cases({parse_axis("batch", values)}, Layout::kProduct);
    return sweep;
}

/// Hooks that take the interval from the statistics and count summaries.
inline SweepHooks hooks_of(FakeClip& clip) {
    SweepHooks hooks;
    hooks.start = clip.start();
    hooks.interval_of = [](std::span<const double> seconds) { return bootstrap_median(seconds); };
    hooks.summarize = [](Case& measured) { measured.bottleneck = "summarized"; };
    return hooks;
}

inline const Case& case_named(const Sweep& sweep, const std::string& id) {
    for (const Case& measured : sweep.cases) {
        if (measured.id == id) {
            return measured;
        }
    }
    throw Error("no case " + id);
}

}  // namespace closet::bench::test
