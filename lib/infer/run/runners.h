#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>

#include "infer/run/network_runner.h"

namespace closet {

// The runners that make_runner chooses from, and those that wrap another one.

/// Runs a network on the CPU: each picture on one thread from crop to result, as many at a time as
/// the pool has threads. One intra-op thread a call was measured to be faster than calls that
/// split, idle and far more so beside an encoder.
///
/// Pictures do not depend on each other, so results are the same bits with any number of workers.
class CpuRunner : public NetworkRunner {
  public:
    /// `workers` must outlive it.
    CpuRunner(const RunnerSetup& setup, WorkerPool& workers) : setup_(setup), workers_(workers) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last, std::span<const Crop> crops) override;

  private:
    void run_one(std::size_t index, const FillInput& fill, const TakeOutputs& take,
                 const WantsLastOutput& wants_last) const;

    RunnerSetup setup_;
    WorkerPool& workers_;
};

/// Runs a network on a CUDA device over several streams: the pictures of a call are dealt out to
/// the streams, so that making the next ones, uploading, computing and reading results overlap.
/// `run` throws OutOfDeviceMemory where they do not fit, and ModelError where the device fails.
/// Only where built_with_cuda. `workers` must outlive it.
inline constinit TorchFunction<std::unique_ptr<NetworkRunner>(const RunnerSetup& setup,
                                                              WorkerPool& workers)>
    make_cuda_runner;

/// Runs another runner with fewer pictures at a time once the device has run out of memory: halves
/// the number, says so once, and goes on with what is left. Throws ModelError when a single picture
/// is too many.
class HalvingRunner : public NetworkRunner {
  public:
    explicit HalvingRunner(std::unique_ptr<NetworkRunner> inner) : inner_(std::move(inner)) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last, std::span<const Crop> crops) override;

  private:
    std::unique_ptr<NetworkRunner> inner_;
    std::size_t limit_ = std::numeric_limits<std::size_t>::max();  ///< pictures in one call
    bool told_ = false;
};

/// A runner that is made when it has something to run for the first time, by the thread that asks
/// first. For networks that a clip may never need, such as the detector of a model whose regions
/// another detector gives.
class LazyRunner final : public NetworkRunner {
  public:
    using Make = std::function<std::unique_ptr<NetworkRunner>()>;

    explicit LazyRunner(Make make) : make_(std::move(make)) {}

    /// Throws what making the runner throws, then and at every later call.
    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last, std::span<const Crop> crops) override {
        if (runner_ == nullptr) {
            runner_ = make_();
        }
        runner_->run(count, fill, take, wants_last, crops);
    }

  private:
    Make make_;
    std::unique_ptr<NetworkRunner> runner_;
};

}  // namespace closet
