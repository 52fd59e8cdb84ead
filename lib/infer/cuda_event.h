#pragma once

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

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

}  // namespace closet
