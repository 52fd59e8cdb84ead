#include "infer/run/runners.h"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/log.h"
#include "infer/infer_options.h"
#include "pipeline/part_clock.h"

namespace closet {

void CpuRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                    const WantsLastOutput& wants_last) {
    const PartTimer timer(Part::kNetwork);
    workers_.for_each(count, [&](std::size_t i) { run_one(i, fill, take, wants_last); });
}

void CpuRunner::run_one(std::size_t index, const FillInput& fill, const TakeOutputs& take,
                        const WantsLastOutput& wants_last) const {
    const c10::InferenceMode no_gradients;
    at::set_num_threads(1);  // of the calling thread
    const cv::Size size = setup_.network->input_size();
    // Channels last: in memory N x H x W x 3, as pictures are.
    const at::Tensor input =
        at::empty({1, 3, size.height, size.width},
                  at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
    cv::Mat pixels(size, CV_8UC3);
    fill(index, pixels);
    normalize(pixels, setup_.normalization, {input.mutable_data_ptr<float>(), 3 * pixels.total()});
    bool has_last = true;
    std::vector<at::Tensor> outputs;
    try {
        outputs =
            wants_last
                ? setup_.network->forward_on_demand(
                      input, [&](Outputs others) { return has_last = wants_last(index, others); })
                : setup_.network->forward(input);
    } catch (const c10::Error& error) {
        log::debug("{}", details_of(error));
        throw ModelError(fmt::format("the network failed on the CPU: {}", sentence_of(error)));
    }
    auto rows = output_rows(outputs, 0);
    if (!has_last) {
        rows.back() = {};
    }
    take(index, rows);
}

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

std::vector<std::span<const float>> output_rows(const std::vector<at::Tensor>& tensors,
                                                std::size_t index) {
    std::vector<std::span<const float>> rows;
    rows.reserve(tensors.size());
    for (const at::Tensor& tensor : tensors) {
        const auto values = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
        rows.emplace_back(tensor.const_data_ptr<float>() + index * values, values);
    }
    return rows;
}

}  // namespace closet
