#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <opencv2/core/mat.hpp>

#include "infer/run/network_runner.h"

namespace closet {

/// A CUDA event of the device that is current when it is made. Waiting for it puts the thread to
/// sleep instead of spinning, since other stages need the core.
class CudaEvent {
  public:
    CudaEvent() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventBlockingSync)); }
    ~CudaEvent() { C10_CUDA_CHECK_WARN(cudaEventDestroy(event_)); }
    CudaEvent(const CudaEvent&) = delete;
    CudaEvent& operator=(const CudaEvent&) = delete;
    CudaEvent(CudaEvent&&) = delete;
    CudaEvent& operator=(CudaEvent&&) = delete;

    /// Marks the end of what the stream has been given so far.
    void record(const c10::cuda::CUDAStream& stream) {
        C10_CUDA_CHECK(cudaEventRecord(event_, stream.stream()));
    }

    /// Returns at once when nothing was recorded.
    void wait() { C10_CUDA_CHECK(cudaEventSynchronize(event_)); }

    /// Milliseconds of device time since `earlier`. Both were recorded and are done.
    float ms_since(const CudaEvent& earlier) const {
        float ms = 0;
        C10_CUDA_CHECK(cudaEventElapsedTime(&ms, earlier.event_, event_));
        return ms;
    }

    /// `wait` for destructors: errors become warnings.
    void wait_noexcept() noexcept { C10_CUDA_CHECK_WARN(cudaEventSynchronize(event_)); }

  private:
    cudaEvent_t event_ = nullptr;
};

/// One CUDA stream and everything that a call on it needs, allocated once: pinned pictures, their
/// copy on the device, pinned results, and a CUDA graph for each number of pictures that keeps
/// coming. Used by one thread at a time, but for `picture` and `rows`.
class CudaSlot {
  public:
    /// `stream`: of the setup's device; the pool that it is from owns it.
    CudaSlot(const RunnerSetup& setup, c10::cuda::CUDAStream stream);
    ~CudaSlot();
    CudaSlot(const CudaSlot&) = delete;
    CudaSlot& operator=(const CudaSlot&) = delete;
    CudaSlot(CudaSlot&&) = delete;
    CudaSlot& operator=(CudaSlot&&) = delete;

    /// Makes room for `count` pictures; what was there is lost. Not while a launch is under way.
    void reserve(std::size_t count);

    /// Input picture `index`, in pinned memory: CV_8UC3.
    cv::Mat picture(std::size_t index);

    /// Queues upload, network and download of the first `count` pictures and returns at once.
    void launch(std::size_t count);

    /// The same of inputs that the device makes: their pictures are uploaded, each once.
    void launch(std::span<const Crop> crops);

    /// Waits until the last launch is done, without spinning. Harmless when there was none.
    void wait();

    /// The outputs for picture `index` of the last launch; valid until the next one.
    std::vector<std::span<const float>> rows(std::size_t index) const;

    /// Gives back what it holds on the device.
    void release();

    /// How long launches of all slots of this process took on the device so far, seconds.
    static double busy_s();

  private:
    struct Captured {
        at::cuda::CUDAGraph graph;
        std::vector<at::Tensor> outputs;  ///< in the graph's own memory
    };

    void compute_and_download(std::size_t count);
    std::vector<at::Tensor> compute(std::size_t count);
    std::vector<at::Tensor> compute_or_replay(std::size_t count);
    void capture(std::size_t count);

    static inline std::atomic<std::int64_t> busy_us_{0};  ///< of all slots

    RunnerSetup setup_;
    c10::cuda::CUDAStream stream_;
    CudaEvent begun_, done_;
    bool untimed_ = false;  ///< a launch was not waited for yet
    std::size_t capacity_ = 0;
    at::Tensor scale_, offset_;                                ///< 1 x 3 x 1 x 1, float
    at::Tensor pinned_input_;                                  ///< capacity x H x W x 3, bytes
    at::Tensor device_input_;                                  ///< the same
    std::vector<at::Tensor> pinned_outputs_;                   ///< capacity x values, float
    std::map<std::size_t, std::unique_ptr<Captured>> graphs_;  ///< by number of pictures
    std::map<std::size_t, int> calls_;                         ///< without a graph so far
    bool capturing_works_ = true;
};

}  // namespace closet
