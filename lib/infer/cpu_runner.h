#pragma once

#include "infer/network_runner.h"

namespace closet {

/// Runs a network on the CPU: small chunks of the pictures, each on one thread from crop to result,
/// as many at a time as the pool has threads. One intra-op thread a call was measured to be faster
/// than calls that split, idle and far more so beside an encoder.
///
/// Chunks depend on the number of pictures only, never on timing or on the pool, so results are the
/// same bits with any number of workers.
class CpuRunner : public NetworkRunner {
  public:
    CpuRunner(const RunnerSetup& setup, WorkerPool& workers) : setup_(setup), workers_(workers) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take) override;

  private:
    void run_chunk(std::size_t first, std::size_t end, const FillInput& fill,
                   const TakeOutputs& take) const;

    RunnerSetup setup_;
    WorkerPool& workers_;
};

}  // namespace closet
