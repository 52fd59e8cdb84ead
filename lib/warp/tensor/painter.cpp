#include "warp/tensor/painter.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <vector>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "models/aten/torch_types.h"
#include "warp/tensor/composite.h"
#include "warp/tensor/dress.h"
#include "warp/tensor/rasterize.h"

namespace closet {
namespace {

/// Samples of a drawing, in areas of its rectangle. A T-shirt on somebody who stands takes 1 to 2;
/// beyond, folds of distorted meshes would cost memory and nothing else.
constexpr std::int64_t kMostSamples = 16;

/// Does work of LibTorch; throws ModelError where it fails.
template <class Work>
auto guarded(Device device, const Work& work) {
    const c10::InferenceMode no_gradients;
    at::set_num_threads(1);  // of the calling thread, where the device is the CPU
    try {
        return work();
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // LibTorch's
        log::debug("{}", details_of(error));
        throw ModelError(
            fmt::format("cannot paint garments on {}: {}", device.str(), sentence_of(error)));
    }
}

class Painter final : public TensorPainter {
  public:
    explicit Painter(Device device)
        : device_(device),
          atlas_(guarded(device, [&] { return tensor::Atlas(torch_device(device)); })) {}

    bool takes(const AVFrame& frame, const mesh::GarmentDrawing& drawing) const override {
        if (!tensor::can_paint(frame)) {
            return false;
        }
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

    void paint(AVFrame& frame, const TensorGarment& garment, cv::Mat* matte) override {
        guarded(device_, [&] {
            const at::Tensor patch = tensor::dress(garment, atlas_);
            tensor::Composition(frame, patch, garment.drawing.where, matte).put();
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
