#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include "warp/tensor/plane_tensors.h"

namespace closet::tensor {

/// Whether `Composition` knows frames like this one: 8 or 10 bits of Y, U and V, planar or with U
/// and V interleaved, opaque, SDR of BT.709's primaries, without an ICC profile.
bool can_paint(const PlaneTensors& planes);

/// Patches on a frame's own samples, bit for bit as Composite paints them.
///
/// The planes under the patch are painted on the patch's device when this is made, on copies;
/// `put` copies them back. Of planes that are on that device nothing leaves it.
class Composition {
  public:
    /// `patch`: 4 x rows x columns of `where`, R G B A straight, 32-bit integers. `where` is even
    /// and may lie partly outside. The picture outlives it; `matte` (CV_8UC1 of the frame's size)
    /// too, null: nobody asks.
    Composition(const PlaneTensors& planes, const at::Tensor& patch, const cv::Rect& where,
                cv::Mat* matte);

    /// Writes what was painted into the frame and adds its alpha to the matte.
    void put();

  private:
    /// Samples of the frame or the matte and what becomes of them.
    struct Plane {
        at::Tensor target;   ///< a view on their memory
        at::Tensor painted;  ///< on the device, of the same type
    };
    void add_luma(const PlaneTensors& planes, const at::Tensor& patch, const cv::Rect& where);
    void add_chroma(const PlaneTensors& planes, const at::Tensor& patch, const cv::Rect& where);
    void add_matte(cv::Mat& matte, const at::Tensor& patch, const cv::Rect& where);

    std::vector<Plane> planes_;
};

}  // namespace closet::tensor
