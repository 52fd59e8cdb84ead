#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "bench/probe/case_player.h"
#include "bench/sweep/case_runner.h"

namespace closet::bench {

/// Runs cases in this process.
///
/// Note [What a sample measures]
/// Wall and processor time run from the moment the first frame is asked for until the sink has
/// ended: opening files, loading networks and garments, and giving files their names lie outside.
/// The latency of a frame begins when the source hands it out and ends when the sink gets it. Peak
/// memory is the largest resident set during the pass, reset before it, without what was measured
/// to belong to networks that are kept for other cases; clips in memory are part of it. With
/// several clips this holds of each, and a pass adds them up (join_samples): what lies between two
/// clips is not measured. Taps that
/// measure cost about 1 us a frame (dev/bench/tap_cost).
class InProcessRunner final : public CaseRunner {
  public:
    /// Shares `player` with whoever else plays, one at a time. `tick` as FitTick: false ends a
    /// pass.
    explicit InProcessRunner(std::shared_ptr<CasePlayer> player, FitTick tick = {});

    /// A pass that `tick` ended comes back with `failure`. Where networks had to be loaded anew for
    /// a measured pass, an untimed one goes before it. Throws as CasePlayer::play.
    Sample run(const std::vector<Setting>& settings, bool warm_up) override;
    double model_load_s() const override { return model_load_s_; }

  private:
    /// Over all clips.
    Sample pass(const std::vector<Setting>& settings);
    Sample pass_over(std::size_t clip, const std::vector<Setting>& settings);

    std::shared_ptr<CasePlayer> player_;
    FitTick tick_;
    double model_load_s_ = 0;
};

}  // namespace closet::bench
