#include "infer/run/cuda_slot.h"

#include <cstdint>

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>

#include "core/log.h"
#include "infer/run/device_input.h"
#include "models/aten/torch_types.h"

namespace closet {
namespace {

/// A graph pays from the moment on when its number of pictures keeps coming: capturing takes about
/// as long as a few plain calls, which are also the warm-up that libraries need before it.
constexpr int kCallsBeforeGraph = 3;

std::int64_t signed_size(std::size_t count) {
    return static_cast<std::int64_t>(count);
}

}  // namespace

CudaSlot::CudaSlot(const RunnerSetup& setup, c10::cuda::CUDAStream stream)
    : setup_(setup), stream_(stream) {
    const c10::InferenceMode no_gradients;
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    scale_ = per_channel(setup_.normalization.scale, torch_device(setup_.device));
    offset_ = per_channel(setup_.normalization.offset, torch_device(setup_.device));
}

CudaSlot::~CudaSlot() {
    done_.wait_noexcept();
}

void CudaSlot::reserve(std::size_t count) {
    if (count <= capacity_) {
        return;
    }
    release();
    const c10::InferenceMode no_gradients;
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    const cv::Size size = setup_.network->input_size();
    const std::int64_t pictures = signed_size(count);
    const std::vector<std::int64_t> shape{pictures, size.height, size.width, 3};
    const at::TensorOptions pinned = at::TensorOptions().pinned_memory(true);
    pinned_input_ = at::empty(shape, pinned.dtype(at::kByte));
    device_input_ =
        at::empty(shape, at::TensorOptions(at::kByte).device(torch_device(setup_.device)));
    pinned_outputs_.clear();
    for (const Network::Output& output : setup_.network->outputs()) {
        std::int64_t values = 1;
        for (const std::int64_t extent : output.shape) {
            values *= extent;
        }
        pinned_outputs_.push_back(at::empty({pictures, values}, pinned.dtype(at::kFloat)));
    }
    capacity_ = count;
}

cv::Mat CudaSlot::picture(std::size_t index) {
    const cv::Size size = setup_.network->input_size();
    const std::size_t bytes = 3 * static_cast<std::size_t>(size.area());
    return cv::Mat(size, CV_8UC3, pinned_input_.mutable_data_ptr<std::uint8_t>() + index * bytes);
}

void CudaSlot::launch(std::size_t count) {
    const c10::InferenceMode no_gradients;
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    const std::int64_t pictures = signed_size(count);
    begun_.record(stream_);
    device_input_.narrow(0, 0, pictures)
        .copy_(pinned_input_.narrow(0, 0, pictures), /*non_blocking=*/true);
    compute_and_download(count);
}

void CudaSlot::launch(std::span<const Crop> crops) {
    const c10::InferenceMode no_gradients;
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    begun_.record(stream_);
    device_input_.narrow(0, 0, signed_size(crops.size()))
        .copy_(crops_on(torch_device(setup_.device), crops, setup_.network->input_size()));
    compute_and_download(crops.size());
}

/// The stream is the slot's.
void CudaSlot::compute_and_download(std::size_t count) {
    const std::int64_t pictures = signed_size(count);
    const std::vector<at::Tensor> outputs = compute_or_replay(count);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        pinned_outputs_[i]
            .narrow(0, 0, pictures)
            .copy_(outputs[i].reshape({pictures, -1}), /*non_blocking=*/true);
    }
    done_.record(stream_);
    untimed_ = true;
}

void CudaSlot::wait() {
    done_.wait();
    if (untimed_) {
        untimed_ = false;
        busy_us_ += static_cast<std::int64_t>(1e3F * done_.ms_since(begun_));
    }
}

double CudaSlot::busy_s() {
    return 1e-6 * static_cast<double>(busy_us_.load());
}

std::vector<std::span<const float>> CudaSlot::rows(std::size_t index) const {
    std::vector<std::span<const float>> rows;
    rows.reserve(pinned_outputs_.size());
    for (const at::Tensor& tensor : pinned_outputs_) {
        const auto values = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
        rows.emplace_back(tensor.const_data_ptr<float>() + index * values, values);
    }
    return rows;
}

void CudaSlot::release() {
    done_.wait();
    graphs_.clear();  // they read from the old input
    calls_.clear();
    device_input_.reset();
    capacity_ = 0;
}

std::vector<at::Tensor> CudaSlot::compute(std::size_t count) {
    return setup_.network->forward(
        network_input(device_input_.narrow(0, 0, signed_size(count)), scale_, offset_));
}

std::vector<at::Tensor> CudaSlot::compute_or_replay(std::size_t count) {
    if (capturing_works_ && !graphs_.contains(count) && ++calls_[count] > kCallsBeforeGraph) {
        capture(count);
    }
    const auto captured = graphs_.find(count);
    if (captured == graphs_.end()) {
        return compute(count);
    }
    captured->second->graph.replay();
    return captured->second->outputs;
}

void CudaSlot::capture(std::size_t count) {
    auto captured = std::make_unique<Captured>();
    try {
        // Thread-local: what other threads do with CUDA meanwhile is none of this graph's business.
        captured->graph.capture_begin(at::cuda::graph_pool_handle(),
                                      cudaStreamCaptureModeThreadLocal);
        try {
            captured->outputs = compute(count);
        } catch (...) {
            captured->graph.capture_end();  // else the stream would stay in capture mode
            throw;
        }
        captured->graph.capture_end();
        graphs_.emplace(count, std::move(captured));
    } catch (const c10::OutOfMemoryError&) {
        throw;
    } catch (const c10::Error& error) {
        capturing_works_ = false;
        log::debug("the network runs without CUDA graphs: {}", error.what_without_backtrace());
    }
}

}  // namespace closet
