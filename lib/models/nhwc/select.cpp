#include "models/nhwc/kernels.h"

namespace closet {

#if defined(__x86_64__)

namespace {

const NhwcKernels* float_kernels() {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        return &avx512_kernels();
    }
    return avx2 ? &avx2_kernels() : nullptr;
}

}  // namespace

const NhwcKernels* nhwc_kernels(Element element) {
    const NhwcKernels* const floats = float_kernels();
    if (element == Element::kFloat) {
        return floats;
    }
    // The narrow kernels beside them are the wide float ones.
    const bool has = floats == &avx512_kernels() && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
    return has ? &bf16_kernels() : nullptr;
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch,
                                    Element element) {
    if (kernels.element != element) {
        return avx512_kernels();
    }
    return pitch % kernels.lanes == 0 ? kernels : avx2_kernels();
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    const std::ptrdiff_t narrow = avx2_kernels().lanes;
    const bool halves = kernels.element == Element::kFloat && channels <= narrow;
    const std::ptrdiff_t unit = halves ? narrow : kernels.lanes;
    return (channels + unit - 1) / unit * unit;
}

#else

// No other instruction set is served: LibTorch's operators run the networks there.
const NhwcKernels* nhwc_kernels(Element) {
    return nullptr;
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t, Element) {
    return kernels;
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    return (channels + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

#endif

}  // namespace closet
