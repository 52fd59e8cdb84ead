#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bench/probe/case_player.h"
#include "bench/result/context.h"
#include "bench/result/result.h"
#include "bench/sweep/case_runner.h"
#include "bench/sweep/plan.h"
#include "bench/sweep/runner.h"

namespace closet::bench {

/// What a session is told by the program that measures.
struct SessionOptions {
    ProbeOptions probe;                           ///< its `base` is that of the plan
    ResolveCase resolve;                          ///< reads the settings of a case
    std::map<std::string, std::string> settings;  ///< all of the plan's base, given or default
    BuildFacts build;                   ///< without libraries and GPU, which the session finds
    std::uint64_t seed = 1;             ///< of the order of passes, and of intervals
    double level = 0.95;                ///< confidence of intervals, 0..1
    std::function<bool()> interrupted;  ///< asked between frames and passes
};

/// What all that measures shares: the clips, a player of cases in this process, and what there is
/// to say of the machine.
class Session {
  public:
    /// Decodes the clips into memory, so that one that cannot be read is told before anything is
    /// measured, and sleeps half a second to see what else uses the machine. Throws ConfigError
    /// (for a clip given twice, too) or MediaError.
    Session(SweepPlan plan, SessionOptions options);

    /// The cases of the plan with the context, nothing measured.
    Sweep make_sweep() const;

    /// Plays cases in this process, one at a time; it lives on with its holders.
    std::shared_ptr<CasePlayer> player() const { return player_; }

    /// False once the run is interrupted, for passes of `player`.
    FitTick tick() const;

    /// Interval, figures and interrupts of a run. `start`, `sink` and `progress` are the caller's.
    SweepHooks hooks() const;

    /// Cases measured in this process.
    StartRunner in_process() const;
    /// Cases measured by processes of another closet, or of this one for an empty `binary`.
    StartRunner worker(const std::string& binary) const;

  private:
    Context make_context() const;
    ClipFacts facts_of(std::size_t clip, const DecodeOptions& decode) const;

    SweepPlan plan_;
    SessionOptions options_;
    std::shared_ptr<CasePlayer> player_;
    Context context_;
};

}  // namespace closet::bench
