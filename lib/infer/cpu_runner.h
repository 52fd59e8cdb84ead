#pragma once

#include "infer/network_runner.h"

namespace closet {

/// Runs a network on the CPU: each picture on one thread from crop to result, as many at a time as
/// the pool has threads. One intra-op thread a call was measured to be faster
/// than calls that split, idle and far more so beside an encoder.
///
/// Pictures do not depend on each other, so results are the same bits with any number of workers.
class CpuRunner : public NetworkRunner {
  public:
    CpuRunner(const RunnerSetup& setup, WorkerPool& workers) : setup_(setup), workers_(workers) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last) override;

  private:
    void run_one(std::size_t index, const FillInput& fill, const TakeOutputs& take,
                 const WantsLastOutput& wants_last) const;

    RunnerSetup setup_;
    WorkerPool& workers_;
};

}  // namespace closet
