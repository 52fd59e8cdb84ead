#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bench/result/result.h"

namespace closet::bench {

/// Renders the sweep's clip with the settings of one case. Stands for one process start: what it
/// keeps between passes (loaded networks, frames in memory) is what a process would keep.
class CaseRunner {
  public:
    CaseRunner() = default;
    CaseRunner(const CaseRunner&) = delete;
    CaseRunner& operator=(const CaseRunner&) = delete;
    CaseRunner(CaseRunner&&) = delete;
    CaseRunner& operator=(CaseRunner&&) = delete;
    virtual ~CaseRunner() = default;

    /// One pass over the clip. `settings` are the swept ones; a warm-up takes the same path as a
    /// measured pass. Fills every field of the sample but `order`, `process` and `warm_up`; a pass
    /// that broke off may come back with `failure` set. Throws closet::Error when the case cannot
    /// run at all.
    virtual Sample run(const std::vector<Setting>& settings, bool warm_up) = 0;

    /// Seconds that the last `run` spent loading networks, outside its `wall_s`; 0 where they were
    /// loaded already.
    virtual double model_load_s() const { return 0; }
};

/// Starts a process, or what stands for one. Throws closet::Error.
using StartRunner = std::function<std::unique_ptr<CaseRunner>()>;

}  // namespace closet::bench
