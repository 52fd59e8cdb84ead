#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>
#include <opencv2/core/mat.hpp>

#include "infer/cuda_event.h"
#include "infer/network_runner.h"

namespace closet {

/// One CUDA stream and everything that a call on it needs, allocated once: pinned pictures, their
/// copy on the device, pinned results, and a CUDA graph for each number of pictures that keeps
/// coming. Used by one thread at a time, but for `picture` and `rows`.
class CudaSlot {
  public:
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

    /// Waits until the last launch is done, without spinning. Harmless when there was none.
    void wait();

    /// The outputs for picture `index` of the last launch; valid until the next one.
    std::vector<std::span<const float>> rows(std::size_t index) const;

    /// Gives back what it holds on the device.
    void release();

    /// How long launches of all slots took on the device so far, seconds.
    static double busy_s();

  private:
    struct Captured {
        at::cuda::CUDAGraph graph;
        std::vector<at::Tensor> outputs;  ///< in the graph's own memory
    };

    std::vector<at::Tensor> compute(std::size_t count);
    std::vector<at::Tensor> compute_or_replay(std::size_t count);
    void capture(std::size_t count);

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
