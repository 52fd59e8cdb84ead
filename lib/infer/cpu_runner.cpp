#include "infer/cpu_runner.h"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <opencv2/core.hpp>

#include "infer/output_rows.h"
#include "pipeline/part_clock.h"

namespace closet {
namespace {

/// Pictures in one call of the network.
constexpr std::size_t kChunk = 1;

}  // namespace

void CpuRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take) {
    const PartTimer timer(Part::kNetwork);
    workers_.for_each((count + kChunk - 1) / kChunk, [&](std::size_t chunk) {
        run_chunk(chunk * kChunk, std::min(count, (chunk + 1) * kChunk), fill, take);
    });
}

void CpuRunner::run_chunk(std::size_t first, std::size_t end, const FillInput& fill,
                          const TakeOutputs& take) const {
    const c10::InferenceMode no_gradients;
    at::set_num_threads(1);  // of the calling thread
    const cv::Size size = setup_.network->input_size();
    const auto count = static_cast<std::int64_t>(end - first);
    // Channels last: in memory N x H x W x 3, as pictures are.
    const at::Tensor input =
        at::empty({count, 3, size.height, size.width},
                  at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
    cv::Mat pixels(size, CV_8UC3);
    for (std::size_t i = first; i < end; ++i) {
        fill(i, pixels);
        float* row = input[static_cast<std::int64_t>(i - first)].mutable_data_ptr<float>();
        normalize(pixels, setup_.normalisation, {row, 3 * pixels.total()});
    }
    const std::vector<at::Tensor> outputs = setup_.network->forward(input);
    for (std::size_t i = first; i < end; ++i) {
        const auto rows = output_rows(outputs, i - first);
        take(i, rows);
    }
}

}  // namespace closet
