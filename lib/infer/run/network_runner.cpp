#include "infer/run/network_runner.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "infer/run/device.h"
#include "infer/run/runners.h"

namespace closet {
namespace {

constexpr std::size_t kChannels = 3;

/// Bytes that are worked on at a time: whole pixels, and whole vectors of up to 16 numbers.
constexpr std::size_t kBlock = 48;

bool is_uniform(const Normalization& normalization) {
    const auto all_equal = [](const std::array<float, kChannels>& values) {
        return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) ==
               values.end();
    };
    return all_equal(normalization.scale) && all_equal(normalization.offset);
}

/// A channel's values, repeated over one block.
std::array<float, kBlock> repeated(const std::array<float, kChannels>& values) {
    std::array<float, kBlock> block{};
    for (std::size_t i = 0; i < kBlock; ++i) {
        block[i] = values[i % kChannels];
    }
    return block;
}

}  // namespace

bool fewer_as_pictures(std::span<const Crop> crops, cv::Size input) {
    std::set<const std::uint8_t*> seen;
    std::size_t pixels = 0;
    for (const Crop& crop : crops) {
        if (crop.picture->size() != crops.front().picture->size()) {
            return false;
        }
        pixels += seen.insert(crop.picture->data).second ? crop.picture->total() : 0;
    }
    return pixels < crops.size() * static_cast<std::size_t>(input.area());
}

Normalization uniform_normalization(float scale, float offset) {
    return {.scale = {scale, scale, scale}, .offset = {offset, offset, offset}};
}

Normalization standard_normalization(const std::array<double, 3>& mean,
                                     const std::array<double, 3>& deviation) {
    Normalization result;
    for (std::size_t c = 0; c < kChannels; ++c) {
        result.scale[c] = static_cast<float>(1.0 / deviation[c]);
        result.offset[c] = static_cast<float>(-mean[c] / deviation[c]);
    }
    return result;
}

Normalization imagenet_normalization() {
    return standard_normalization({123.675, 116.28, 103.53}, {58.395, 57.12, 57.375});
}

void normalize(const cv::Mat& pixels, const Normalization& normalization,
               std::span<float> numbers) {
    CV_Assert(pixels.type() == CV_8UC3 && pixels.isContinuous() &&
              numbers.size() == kChannels * pixels.total());
    if (is_uniform(normalization)) {
        // OpenCV's vectors are as wide as the CPU's.
        cv::Mat target(pixels.size(), CV_32FC3, numbers.data());
        pixels.convertTo(target, CV_32F, normalization.scale[0], normalization.offset[0]);
        return;
    }
    const std::array<float, kBlock> scale = repeated(normalization.scale);
    const std::array<float, kBlock> offset = repeated(normalization.offset);
    const std::uint8_t* bytes = pixels.ptr<std::uint8_t>();
    float* out = numbers.data();
    std::size_t left = numbers.size();
    for (; left >= kBlock; left -= kBlock, bytes += kBlock, out += kBlock) {
        for (std::size_t i = 0; i < kBlock; ++i) {  // a constant count: one run of vectors
            out[i] = static_cast<float>(bytes[i]) * scale[i] + offset[i];
        }
    }
    for (std::size_t i = 0; i < left; ++i) {
        out[i] = static_cast<float>(bytes[i]) * scale[i] + offset[i];
    }
}

NetworkOptions network_options(const InferOptions& options) {
    NetworkOptions network = pose_network_options(options);
    network.watcher = nullptr;
    if (network.precision == Precision::kInt8) {
        network.precision = Precision::kFp32;
    }
    return network;
}

NetworkOptions pose_network_options(const InferOptions& options) {
    const Device device = choose_device(options.device);
    return {.device = device,
            .precision = choose_precision(options.precision, device),
            .outputs = {},
            .watcher = options.watcher};
}

std::unique_ptr<NetworkRunner> make_runner(const RunnerSetup& setup, WorkerPool& workers) {
    if (setup.device.is_cpu()) {
        return std::make_unique<CpuRunner>(setup, workers);
    }
    if (!built_with_cuda()) {
        throw ModelError(
            fmt::format("this closet was built without CUDA; use {} cpu", flags::kDevice));
    }
    return std::make_unique<HalvingRunner>(make_cuda_runner(setup, workers));
}

}  // namespace closet
