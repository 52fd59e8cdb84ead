#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/probe/case_player.h"
#include "bench/probe/worker.h"
#include "bench/probe/worker_process.h"
#include "bench/sweep/case_runner.h"

namespace closet::bench {

/// How long a worker may keep silent, seconds.
struct WorkerLimits {
    double start_s = 60;  ///< until it says hello: libraries of gigabytes come from a cold disk
    double open_s = 60;
    double run_s = 600;  ///< the clip decoded, networks loaded and one pass
};

/// Runs cases in another closet process, which ends with this object. See Note [Worker protocol]
/// and WorkerProcess; to be made on a thread that lives as long.
class WorkerRunner final : public CaseRunner {
  public:
    /// Starts `command`, "closet bench worker" with the path of some closet, and opens the clip.
    /// Throws Error where it does not start, speaks another protocol or keeps silent, and what the
    /// worker throws.
    WorkerRunner(const std::vector<std::string>& command, const ProbeOptions& options,
                 const WorkerLimits& limits = {});

    /// Throws what the worker's own run throws, and Error where the worker died, hung or talked
    /// nonsense; then every later call throws the same.
    Sample run(const std::vector<Setting>& settings, bool warm_up) override;
    double model_load_s() const override { return model_load_s_; }

    /// What the process told of itself.
    const WorkerFacts& facts() const { return facts_; }
    /// Of the worker, also after its end.
    int process_id() const { return process_.id(); }

  private:
    void greet(std::size_t clips);
    /// The answer to a request (null: to none); throws the failure that it tells.
    nlohmann::json ask(const nlohmann::json& request, double limit_s, const std::string& doing);

    WorkerLimits limits_;
    WorkerProcess process_;
    WorkerFacts facts_;
    double model_load_s_ = 0;
};

}  // namespace closet::bench
