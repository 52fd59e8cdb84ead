#include "core/cpu.h"

#include <array>
#include <cstdlib>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr const char* kVariable = "CLOSET_CPU";

/// What a path is called here and in the libraries' variables.
struct CpuNames {
    std::string_view own;
    const char *aten, *onednn, *mkl;
};
constexpr std::array kCpuNames{CpuNames{"generic", "default", "SSE41", "SSE4_2"},
                               CpuNames{"avx2", "avx2", "AVX2", "AVX2"},
                               CpuNames{"avx512", "avx512", "AVX512_CORE", "AVX512"},
                               CpuNames{"avx512bf16", "avx512", "AVX512_CORE_BF16", "AVX512"}};

const CpuNames& names_of(CpuPath path) {
    return kCpuNames.at(static_cast<std::size_t>(path));
}

/// "generic, avx2 or avx512", up to `best`.
std::string choices_up_to(CpuPath best) {
    std::string text(kCpuNames.front().own);
    for (std::size_t i = 1; i <= static_cast<std::size_t>(best); ++i) {
        text += i == static_cast<std::size_t>(best) ? " or " : ", ";
        text += kCpuNames.at(i).own;
    }
    return text;
}

#if defined(__x86_64__)
/// GCC 12 knows no name for it.
bool has_avx_vnni() {
    constexpr unsigned kLeaf = 7, kSubleaf = 1, kBit = 1U << 4;  // of EAX
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid_count(kLeaf, kSubleaf, &eax, &ebx, &ecx, &edx) != 0 && (eax & kBit) != 0;
}
#endif

}  // namespace

std::string_view name_of(CpuPath path) {
    return names_of(path).own;
}

CpuPath detected_cpu_path() {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
        return CpuPath::kGeneric;
    }
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
        return CpuPath::kAvx2;
    }
    return __builtin_cpu_supports("avx512bf16") ? CpuPath::kAvx512Bf16 : CpuPath::kAvx512;
#else
    return CpuPath::kGeneric;
#endif
}

CpuPath choose_cpu_path(std::string_view wanted, CpuPath best) {
    if (wanted.empty()) {
        return best;
    }
    for (std::size_t i = 0; i < kCpuNames.size(); ++i) {
        if (kCpuNames.at(i).own != wanted) {
            continue;
        }
        const auto path = static_cast<CpuPath>(i);
        if (path > best) {
            throw ConfigError(fmt::format(
                "{}={} is not possible because this processor has {} at most; set it to {}, or "
                "unset it",
                kVariable, wanted, name_of(best), choices_up_to(best)));
        }
        return path;
    }
    throw ConfigError(fmt::format("{}={} is not {}; set it to one of them, or unset it", kVariable,
                                  wanted, choices_up_to(CpuPath::kAvx512Bf16)));
}

CpuPath cpu_path() {
    static const CpuPath path = [] {
        const char* const wanted = std::getenv(kVariable);
        return choose_cpu_path(wanted == nullptr ? "" : wanted, detected_cpu_path());
    }();
    return path;
}

bool processor_has_vnni([[maybe_unused]] CpuPath path) {
#if defined(__x86_64__)
    return path != CpuPath::kGeneric && path <= detected_cpu_path() &&
           (path == CpuPath::kAvx2 ? has_avx_vnni() : __builtin_cpu_supports("avx512vnni") != 0);
#else
    return false;
#endif
}

bool cpu_has_vnni() {
    return cpu_path() == detected_cpu_path() && processor_has_vnni(cpu_path());
}

std::string describe_cpu_path() {
    const CpuPath best = detected_cpu_path();
    return cpu_path() == best ? std::string(name_of(best))
                              : fmt::format("{} (by {}; the processor has {})", name_of(cpu_path()),
                                            kVariable, name_of(best));
}

void limit_libraries_to_cpu_path() {
    if (cpu_path() == detected_cpu_path()) {
        return;
    }
    const CpuNames& names = names_of(cpu_path());
    constexpr int kKeep = 0;
    setenv("ATEN_CPU_CAPABILITY", names.aten, kKeep);
    setenv("ONEDNN_MAX_CPU_ISA", names.onednn, kKeep);
    setenv("MKL_ENABLE_INSTRUCTIONS", names.mkl, kKeep);
}

}  // namespace closet
