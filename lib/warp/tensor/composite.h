#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include "core/av_handles.h"

namespace closet::tensor {

/// Whether `Composition` knows frames like this one: 8 or 10 bits of Y, U and V, planar or with U
/// and V interleaved, opaque, SDR of BT.709's primaries, without an ICC profile.
bool can_paint(const AVFrame& frame);

/// Patches on a frame's own samples, bit for bit as Composite paints them.
///
/// The planes under the patch are copied to the patch's device when this is made, and painted
/// there; `put` copies them back.
class Composition {
  public:
    /// `patch`: 4 x rows x columns of `where`, R G B A straight, 32-bit integers. `where` is even
    /// and may lie partly outside. The frame outlives it; `matte` (CV_8UC1 of the frame's size)
    /// too, null: nobody asks.
    Composition(AVFrame& frame, const at::Tensor& patch, const cv::Rect& where, cv::Mat* matte);

    /// Writes what was painted into the frame and adds its alpha to the matte.
    void put();

  private:
    /// Samples of the host and what becomes of them.
    struct Plane {
        at::Tensor host;     ///< a view on the frame's memory
        at::Tensor painted;  ///< on the device, of the same type
    };
    void add_luma(AVFrame& frame, const at::Tensor& patch, const cv::Rect& where);
    void add_chroma(AVFrame& frame, const at::Tensor& patch, const cv::Rect& where);
    void add_matte(cv::Mat& matte, const at::Tensor& patch, const cv::Rect& where);

    std::vector<Plane> planes_;
};

}  // namespace closet::tensor
