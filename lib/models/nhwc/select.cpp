#include "models/nhwc/kernels.h"

namespace closet {

#if defined(__x86_64__)

const NhwcKernels* nhwc_kernels() {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f")) {
        return &avx512_kernels();
    }
    return avx2 ? &avx2_kernels() : nullptr;
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch) {
    return pitch % kernels.lanes == 0 ? kernels : avx2_kernels();
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    const std::ptrdiff_t narrow = avx2_kernels().lanes;
    const std::ptrdiff_t unit = channels <= narrow ? narrow : kernels.lanes;
    return (channels + unit - 1) / unit * unit;
}

#else

// No other instruction set is served: LibTorch's operators run the networks there.
const NhwcKernels* nhwc_kernels() {
    return nullptr;
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t) {
    return kernels;
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    return (channels + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

#endif

}  // namespace closet
