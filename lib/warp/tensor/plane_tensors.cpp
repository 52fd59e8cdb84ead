#include "warp/tensor/plane_tensors.h"

#include <ATen/ATen.h>

#include "models/aten/torch_types.h"

namespace closet::tensor {

using std::int64_t;

PlaneTensors::PlaneTensors(const AVFrame& in_memory)
    : picture(in_memory), memory(in_memory), device(c10::kCPU) {}

PlaneTensors::PlaneTensors(const Frame& frame)
    : picture(*frame.image),
      memory(frame.on_device ? *frame.on_device.surface : *frame.image),
      device(frame.on_device ? torch_device(frame.on_device.device) : c10::Device(c10::kCPU)) {}

const AVPixFmtDescriptor& PlaneTensors::format() const {
    return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
}

at::Tensor PlaneTensors::samples(int component, const cv::Rect& part) const {
    return interleaved(component, part, 1).select(2, 0);
}

at::Tensor PlaneTensors::plane(int plane) const {
    const AVPixFmtDescriptor& all = format();
    const bool is_luma = plane == 0;
    const cv::Size size(
        is_luma ? picture.width : AV_CEIL_RSHIFT(picture.width, all.log2_chroma_w),
        is_luma ? picture.height : AV_CEIL_RSHIFT(picture.height, all.log2_chroma_h));
    return interleaved(plane, {{0, 0}, size},
                       !is_luma && all.comp[1].plane == all.comp[2].plane ? 2 : 1);
}

/// From a component on so many of each pixel.
at::Tensor PlaneTensors::interleaved(int first, const cv::Rect& part, int64_t count) const {
    const AVComponentDescriptor& component = format().comp[first];
    const int64_t bytes = component.depth > 8 ? 2 : 1;
    std::uint8_t* const at = memory.data[component.plane] +
                             int64_t{part.y} * memory.linesize[component.plane] +
                             int64_t{part.x} * component.step + component.offset;
    return at::for_blob(at, {part.height, part.width, count})
        .strides({memory.linesize[component.plane] / bytes, component.step / bytes, 1})
        .options(at::TensorOptions(bytes == 2 ? at::kShort : at::kByte).device(device))
        .target_device(device)
        .make_tensor();
}

at::Tensor levels_of(const at::Tensor& samples, int shift, c10::Device device) {
    const at::Tensor numbers = samples.to(device).to(at::kInt);
    return samples.scalar_type() == at::kByte
               ? numbers
               : at::bitwise_right_shift(at::bitwise_and(numbers, 0xFFFF), shift);
}

at::Tensor bytes_or_words(const at::Tensor& numbers, at::ScalarType type) {
    constexpr int kHalf = 1 << 15;  // words without sign in a type that has one
    return type == at::kByte ? numbers.to(type)
                             : (numbers - numbers.ge(kHalf) * (2 * kHalf)).to(type);
}

}  // namespace closet::tensor
