#pragma once

#include <string>
#include <string_view>

namespace closet {

/// Note [Paths of the processor]
/// What of a processor's vector instructions inference uses, least first. One is chosen for the
/// whole program: the best that the processor has, or less where CLOSET_CPU says so, so that every
/// path can be tried on one machine. `kGeneric` needs nothing beyond what the program was compiled
/// for and serves any processor. Nobody else asks the processor what it can do.
enum class CpuPath {
    kGeneric,
    kAvx2,        ///< AVX2 and FMA
    kAvx512,      ///< and AVX-512 F, BW, DQ and VL
    kAvx512Bf16,  ///< and its bf16 products
};

/// As CLOSET_CPU names it: "generic", "avx2", "avx512" or "avx512bf16".
std::string_view name_of(CpuPath path);

/// The best that this processor has.
CpuPath detected_cpu_path();

/// The path that `wanted` (the value of CLOSET_CPU; empty: none) names for a processor that has
/// `best`. Throws ConfigError where it names none, or more than there is.
CpuPath choose_cpu_path(std::string_view wanted, CpuPath best);

/// What is used, by CLOSET_CPU and the processor. Throws as `choose_cpu_path`. Thread-safe.
CpuPath cpu_path();

/// Whether the processor can multiply and add four bytes at once (VNNI) in vectors of a path.
bool processor_has_vnni(CpuPath path);

/// Whether `cpu_path()` uses that: the processor can, and CLOSET_CPU asks for no less than its best
/// path.
bool cpu_has_vnni();

/// For people, e.g. "avx512bf16", or "avx2 (by CLOSET_CPU; the processor has avx512bf16)".
std::string describe_cpu_path();

/// Holds the libraries that choose instructions themselves (LibTorch, oneDNN, MKL) to `cpu_path()`,
/// where that is less than the processor has, by the variables of their own: one that is set
/// already stays. For `main`, before other threads and before any of them is used.
void limit_libraries_to_cpu_path();

}  // namespace closet
