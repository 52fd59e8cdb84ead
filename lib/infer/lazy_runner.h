#pragma once

#include <functional>
#include <memory>

#include "infer/network_runner.h"

namespace closet {

/// A runner that is made when it has something to run for the first time, by the thread that asks
/// first. For networks that a clip may never need, such as the detector of a model whose regions
/// another detector gives.
class LazyRunner final : public NetworkRunner {
  public:
    using Make = std::function<std::unique_ptr<NetworkRunner>()>;

    explicit LazyRunner(Make make) : make_(std::move(make)) {}

    /// Throws what making the runner throws, then and at every later call.
    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last) override {
        if (runner_ == nullptr) {
            runner_ = make_();
        }
        runner_->run(count, fill, take, wants_last);
    }

  private:
    Make make_;
    std::unique_ptr<NetworkRunner> runner_;
};

}  // namespace closet
