#include "core/cpu.h"
#include "models/nhwc/kernels.h"

namespace closet {

const NhwcKernels* nhwc_kernels(Element element, CpuPath path) {
    const bool is_float = element == Element::kFloat;
    switch (path) {
        case CpuPath::kGeneric:
            break;
#if defined(__x86_64__)
        case CpuPath::kAvx2:
            return is_float ? &avx2_kernels() : nullptr;
        case CpuPath::kAvx512:
            return is_float ? &avx512_kernels() : nullptr;
        case CpuPath::kAvx512Bf16:
            return is_float ? &avx512_kernels() : &bf16_kernels();
#else
        default:
            break;
#endif
    }
    return is_float ? &generic_kernels() : nullptr;
}

const NhwcKernels* nhwc_kernels(Element element) {
    return nhwc_kernels(element, cpu_path());
}

const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch,
                                    Element element) {
    if (kernels.element != element) {
        return kernels.floats();
    }
    return pitch % kernels.lanes == 0 ? kernels : kernels.narrow();
}

std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels) {
    const std::ptrdiff_t narrow = kernels.narrow().lanes;
    const std::ptrdiff_t unit = channels <= narrow ? narrow : kernels.lanes;
    return (channels + unit - 1) / unit * unit;
}

}  // namespace closet
