#include "models/nhwc/weights.h"

#include <algorithm>
#include <new>

namespace closet {

void FreeAligned::operator()(float* floats) const {
    ::operator delete[](floats, std::align_val_t{kCacheLine});
}

AlignedFloats aligned_floats(std::size_t count) {
    return AlignedFloats(
        static_cast<float*>(::operator new[](count * sizeof(float), std::align_val_t{kCacheLine})));
}

AlignedFloats pack_taps(const ConvNode& conv, std::size_t channels, std::ptrdiff_t pitch) {
    const auto wide = static_cast<std::size_t>(pitch);
    const std::size_t taps = conv.weights.size() / channels;
    AlignedFloats packed = aligned_floats(taps * wide);
    std::fill_n(packed.get(), taps * wide, 0.0F);
    for (std::size_t tap = 0; tap < taps; ++tap) {
        std::copy_n(&conv.weights[tap * channels], channels, packed.get() + tap * wide);
    }
    return packed;
}

AlignedFloats pack_dense(const ConvNode& conv, const NhwcKernels& kernels, std::ptrdiff_t pitch) {
    const NhwcKernels& fitting = nhwc_kernels_for(kernels, pitch);
    const auto lanes = static_cast<std::size_t>(fitting.lanes);
    const std::size_t outputs = conv.bias.size();
    const std::size_t depth = conv.weights.size() / outputs;  // taps x input channels
    const std::size_t vectors = static_cast<std::size_t>(pitch) / lanes;
    AlignedFloats packed = aligned_floats(depth * vectors * lanes);
    float* to = packed.get();
    for (std::size_t vector = 0; vector < vectors;) {
        const auto block =
            static_cast<std::size_t>(fitting.block(static_cast<int>(vectors - vector)));
        for (std::size_t k = 0; k < depth; ++k) {
            for (std::size_t lane = 0; lane < block * lanes; ++lane) {
                const std::size_t output = vector * lanes + lane;
                *to++ = output < outputs ? conv.weights[output * depth + k] : 0.0F;
            }
        }
        vector += block;
    }
    return packed;
}

AlignedFloats pack_bias(const ConvNode& conv, std::ptrdiff_t pitch) {
    AlignedFloats packed = aligned_floats(static_cast<std::size_t>(pitch));
    std::fill_n(packed.get(), pitch, 0.0F);
    std::copy(conv.bias.begin(), conv.bias.end(), packed.get());
    return packed;
}

}  // namespace closet
