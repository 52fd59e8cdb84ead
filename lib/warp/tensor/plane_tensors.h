#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/frame.h"

namespace closet::tensor {

/// A picture's samples as tensors, bytes or words (whose sign means nothing), where they lie:
/// views, nothing is copied. A picture of any format that can_paint knows, which outlives it.
struct PlaneTensors {
    const AVFrame& picture;  ///< format, size, colors
    const AVFrame& memory;   ///< addresses and line sizes
    c10::Device device;      ///< where these are

    /// Not explicit, so that a picture in memory can be given alone.
    PlaneTensors(const AVFrame& in_memory);
    /// Of a frame in memory or on a device.
    explicit PlaneTensors(const Frame& frame);

    const AVPixFmtDescriptor& format() const;
    /// A component's samples in a part of its plane.
    at::Tensor samples(int component, const cv::Rect& part) const;
    /// All of a plane: rows x columns x what is interleaved there.
    at::Tensor plane(int plane) const;

  private:
    at::Tensor interleaved(int first, const cv::Rect& part, std::int64_t count) const;
};

/// Levels of samples, on a device: words may keep bits below.
at::Tensor levels_of(const at::Tensor& samples, int shift, c10::Device device);

/// Bytes or words of numbers, which fit.
at::Tensor bytes_or_words(const at::Tensor& numbers, at::ScalarType type);

}  // namespace closet::tensor
