#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/probe/case_player.h"
#include "bench/result.h"
#include "bench/sweep/case_runner.h"
#include "bench/sweep/runner.h"
#include "bench_options.h"

namespace closet {

/// What the measuring commands share: the clip, a player of cases in this process, and what there
/// is to say of the machine.
class BenchSession {
  public:
    /// Decodes the clip into memory. Throws ConfigError or MediaError.
    BenchSession(const BenchMeasure& options, const MeasurePlan& plan);

    /// The cases of the plan with the context, nothing measured.
    bench::Sweep make_sweep() const;

    std::shared_ptr<bench::CasePlayer> player() const { return player_; }

    /// Interval, figures, interrupts and progress of a run. `start` and `sink` are the caller's.
    bench::SweepHooks hooks() const;

    /// Cases measured in this process.
    bench::StartRunner in_process() const;
    /// Cases measured by processes of another closet, or of this one for an empty `binary`.
    bench::StartRunner worker(const std::string& binary) const;

    double level() const { return level_; }

  private:
    bench::Context make_context(const BenchMeasure& options) const;

    MeasurePlan plan_;
    bench::ProbeOptions probe_;
    std::shared_ptr<bench::CasePlayer> player_;
    bench::Context context_;
    double level_;
};

}  // namespace closet
