#include "infer/halving_runner.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/log.h"

namespace closet {

void HalvingRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                        const WantsLastOutput& wants_last) {
    std::size_t done = 0;
    while (done < count) {
        const std::size_t now = std::min(limit_, count - done);
        try {
            inner_->run(
                now, [&](std::size_t i, cv::Mat& picture) { fill(done + i, picture); },
                [&](std::size_t i, Outputs outputs) { take(done + i, outputs); },
                wants_last
                    ? [&](std::size_t i, Outputs others) { return wants_last(done + i, others); }
                    : WantsLastOutput());
            done += now;
        } catch (const OutOfDeviceMemory& error) {
            if (now == 1) {
                throw ModelError(fmt::format(
                    "the device has no memory for a single picture ({}); free memory on it, or use "
                    "--device cpu",
                    error.what()));
            }
            limit_ = (now + 1) / 2;
            if (!told_) {
                told_ = true;
                log::warning(
                    "the device ran out of memory with a batch of {}; going on with {} at "
                    "a time (a smaller --batch avoids the retries)",
                    now, limit_);
            }
        }
    }
}

}  // namespace closet
