#include "infer/run/runners.h"

#include <algorithm>
#include <exception>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/log.h"
#include "infer/infer_options.h"
#include "pipeline/part_clock.h"

namespace closet {

void CpuRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                    const WantsLastOutput& wants_last, std::span<const Crop>) {
    const PartTimer timer(Part::kNetwork);
    workers_.for_each(count, [&](std::size_t i) { run_one(i, fill, take, wants_last); });
}

void CpuRunner::run_one(std::size_t index, const FillInput& fill, const TakeOutputs& take,
                        const WantsLastOutput& wants_last) const {
    cv::Mat pixels(setup_.network->input_size(), CV_8UC3);
    fill(index, pixels);
    cv::Mat numbers(pixels.size(), CV_32FC3);  // unlike a vector not set to zero first
    const std::span<float> input(numbers.ptr<float>(), 3 * pixels.total());
    normalize(pixels, setup_.normalization, input);
    bool has_last = true;
    std::vector<NetworkOutput> outputs;
    try {
        outputs = setup_.network->compute(
            input, 1,
            wants_last ? [&](Outputs others) { return has_last = wants_last(index, others); }
                       : WantsLast());
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // LibTorch's
        log::debug("{}", details_of(error));
        throw ModelError(fmt::format("the network failed on the CPU: {}", sentence_of(error)));
    }
    std::vector<std::span<const float>> rows;
    for (const NetworkOutput& output : outputs) {
        rows.emplace_back(output.numbers);
    }
    if (!has_last) {
        rows.back() = {};
    }
    take(index, rows);
}

void HalvingRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                        const WantsLastOutput& wants_last, std::span<const Crop> crops) {
    std::size_t done = 0;
    while (done < count) {
        const std::size_t now = std::min(limit_, count - done);
        try {
            inner_->run(
                now, [&](std::size_t i, cv::Mat& picture) { fill(done + i, picture); },
                [&](std::size_t i, Outputs outputs) { take(done + i, outputs); },
                wants_last
                    ? [&](std::size_t i, Outputs others) { return wants_last(done + i, others); }
                    : WantsLastOutput(),
                crops.empty() ? crops : crops.subspan(done, now));
            done += now;
        } catch (const OutOfDeviceMemory& error) {
            if (now == 1) {
                throw ModelError(
                    fmt::format("the device has no memory for a single picture ({}); free memory "
                                "on it, or use {} cpu",
                                error.what(), flags::kDevice));
            }
            limit_ = (now + 1) / 2;
            if (!told_) {
                told_ = true;
                log::warning(
                    "the device ran out of memory with a batch of {}; going on with {} at "
                    "a time (a smaller batch avoids the retries)",
                    now, limit_);
            }
        }
    }
}

}  // namespace closet
