#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/probe/case_options.h"
#include "bench/probe/worker.h"
#include "bench/probe/worker_process.h"
#include "bench/sweep/case_runner.h"

namespace closet::bench {

/// How long a worker may keep silent, seconds.
struct WorkerLimits {
    double start_s = 60;  ///< until it says hello: libraries of gigabytes load from a cold disk
    double open_s = 60;
    double run_s = 600;  ///< one pass over the clip, networks loaded
};

/// Runs cases in another closet process, which ends with this object. See Note [Worker protocol].
class WorkerRunner final : public CaseRunner {
  public:
    /// Starts `command` (program and arguments, found as execvp does) and opens the clip. Throws
    /// Error where it does not start, speaks another protocol, or keeps silent for too long.
    WorkerRunner(const std::vector<std::string>& command, const ProbeOptions& options,
                 const WorkerLimits& limits = {});
    ~WorkerRunner() override;

    /// Throws what the worker's own run threw, and Error where the worker died, hung or talked
    /// nonsense; then every later call throws the same.
    Sample run(const std::vector<Setting>& settings, bool warm_up) override;
    double model_load_s() const override { return model_load_s_; }

    /// What the process said of itself.
    const WorkerFacts& facts() const { return facts_; }
    int process_id() const { return process_.id(); }

  private:
    nlohmann::json ask(const nlohmann::json& request, double limit_s, const char* what);

    WorkerLimits limits_;
    WorkerProcess process_;
    WorkerFacts facts_;
    double model_load_s_ = 0;
};

}  // namespace closet::bench
