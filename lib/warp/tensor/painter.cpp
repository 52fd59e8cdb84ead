#include "warp/tensor/painter.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <c10/core/Stream.h>

#include "models/aten/torch_types.h"
#include "warp/tensor/composite.h"
#include "warp/tensor/dress.h"
#include "warp/tensor/guarded.h"
#include "warp/tensor/rasterize.h"

namespace closet {
namespace {

/// Samples of a drawing, in areas of its rectangle. A T-shirt on somebody who stands takes 1 to 2;
/// beyond, folds of distorted meshes would cost memory and nothing else.
constexpr std::int64_t kMostSamples = 16;

constexpr const char* kPaint = "paint garments";

class Painter final : public TensorPainter {
  public:
    explicit Painter(Device device)
        : device_(device), atlas_(tensor::guarded(device, kPaint, [&] {
              return tensor::Atlas(torch_device(device));
          })) {}

    bool takes(const Frame& frame) const override {
        return tensor::can_paint(tensor::PlaneTensors(frame)) &&
               (!frame.on_device || frame.on_device.device == device_);
    }

    bool takes(const mesh::GarmentDrawing& drawing) const override {
        std::vector<const mesh::DrawnLayer*> layers;
        for (const mesh::DrawnSide& side : drawing.sides) {
            if (side.crotch || side.layers.empty()) {
                return false;
            }
            for (const mesh::DrawnLayer& layer : side.layers) {
                layers.push_back(&layer);
            }
        }
        return tensor::samples_of(layers, drawing.where.size()) <=
               kMostSamples * drawing.where.area();
    }

    void paint(Frame& frame, const TensorGarment& garment, cv::Mat* matte) override {
        tensor::guarded(device_, kPaint, [&] {
            const at::Tensor patch = tensor::dress(garment, atlas_);
            tensor::Composition(tensor::PlaneTensors(frame), patch, garment.drawing.where, matte)
                .put();
            if (frame.on_device && patch.is_cuda()) {  // whoever takes it knows nothing of streams
                c10::Stream(c10::Stream::DEFAULT, patch.device()).synchronize();
            }
        });
    }

  private:
    Device device_;
    tensor::Atlas atlas_;
};

}  // namespace

// For torch/register.cpp.
std::unique_ptr<TensorPainter> load_tensor_painter(Device device) {
    return std::make_unique<Painter>(device);
}

}  // namespace closet
