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

at::Tensor PlaneTensors::samples(int number, const cv::Rect& part) const {
    const AVComponentDescriptor& component = format().comp[number];
    const int64_t bytes = component.depth > 8 ? 2 : 1;
    std::uint8_t* const first = memory.data[component.plane] +
                                int64_t{part.y} * memory.linesize[component.plane] +
                                int64_t{part.x} * component.step + component.offset;
    return at::for_blob(first, {part.height, part.width})
        .strides({memory.linesize[component.plane] / bytes, component.step / bytes})
        .options(at::TensorOptions(bytes == 2 ? at::kShort : at::kByte).device(device))
        .target_device(device)
        .make_tensor();
}

at::Tensor PlaneTensors::plane(int number) const {
    const AVPixFmtDescriptor& all = format();
    const int64_t channels = number == 0 ? 1 : all.comp[1].plane == all.comp[2].plane ? 2 : 1;
    const at::Tensor first =
        samples(number, {0, 0, number == 0 ? picture.width : AV_CEIL_RSHIFT(picture.width, all.log2_chroma_w),
                         number == 0 ? picture.height : AV_CEIL_RSHIFT(picture.height, all.log2_chroma_h)});
    return first.as_strided({first.size(0), first.size(1), channels},
                            {first.stride(0), first.stride(1), 1});
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
