#pragma once

#include <cstddef>
#include <limits>
#include <memory>

#include "infer/network_runner.h"

namespace closet {

/// Runs another runner with fewer pictures at a time once the device has run out of memory: halves
/// the number, says so once, and goes on with what is left. Throws ModelError when a single picture
/// is too many.
class HalvingRunner : public NetworkRunner {
  public:
    explicit HalvingRunner(std::unique_ptr<NetworkRunner> inner) : inner_(std::move(inner)) {}

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last) override;

  private:
    std::unique_ptr<NetworkRunner> inner_;
    std::size_t limit_ = std::numeric_limits<std::size_t>::max();  ///< pictures in one call
    bool told_ = false;
};

}  // namespace closet
