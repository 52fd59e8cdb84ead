#pragma once

#include <memory>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "core/device.h"
#include "core/frame.h"
#include "core/torch_part.h"
#include "warp/mesh/drawing.h"
#include "warp/occlusion/contact_shadow.h"
#include "warp/occlusion/scene_light.h"

namespace closet {

// Note [Garments as tensors]
// A garment that is drawn (mesh/drawing.h) can be painted by LibTorch's tensor operations instead
// of the kernels of `mesh` and `paint`: from one source on the CPU, where tests compare it with the
// kernels, and on CUDA. Up go the corners of the mesh, once per garment its textures, what covers
// the garment (one byte a pixel), quarter-size maps of shadows, and the part of the frame's planes
// under the garment, which comes back painted; of frames that are there (Note [Frames on a device])
// it is painted in place. Nothing else crosses in between, and nothing waits for the device: all
// sizes follow from the corners. Numbers are integers with the kernels' own rounding wherever that
// is cheap; results/tensors.md has how far apart both are.

/// A garment and what is done to it before it is on the frame; shown pixels.
struct TensorGarment {
    const mesh::GarmentDrawing& drawing;
    LightGains light{1.0F, 1.0F, 1.0F};  ///< 0 .. 2
    std::optional<ShadowCast> shadow;    ///< of the drawing's rectangle
    cv::Mat kept;       ///< CV_8UC1 of the drawing's rectangle: 0 where something is in front
    float opacity = 1;  ///< 0 .. 1
};

/// Paints garments on a device. Textures stay there, by address: drawings must come from garments
/// that live as long as the painter. For one thread at a time.
class TensorPainter {
  public:
    virtual ~TensorPainter() = default;

    /// Whether it can paint into frames like this one: 8 or 10 bits of Y, U and V, SDR of BT.709's
    /// primaries, without an ICC profile; in memory or on its own device.
    virtual bool takes(const Frame& frame) const = 0;

    /// Whether it can paint this drawing: no legs, whose slits need the kernels; no mesh so
    /// distorted that its cells cover the picture many times over.
    virtual bool takes(const mesh::GarmentDrawing& drawing) const = 0;

    /// Paints what it takes into a writable frame whose stored pixels are the shown ones, and adds
    /// its alpha to `matte` (CV_8UC1 of the frame's size; null: nobody asks). Throws ModelError
    /// where the device fails; frame and matte are as they were then.
    virtual void paint(Frame& frame, const TensorGarment& garment, cv::Mat* matte) = 0;
};

/// A painter on a device. Throws ModelError where LibTorch or the device cannot be used.
inline constinit TorchFunction<std::unique_ptr<TensorPainter>(Device)> make_tensor_painter;

}  // namespace closet
