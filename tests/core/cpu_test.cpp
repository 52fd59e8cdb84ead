#include "core/cpu.h"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "core/error.h"

namespace closet {
namespace {

TEST_CASE("cpu: CLOSET_CPU picks any path that the processor has") {
    for (const CpuPath path :
         {CpuPath::kGeneric, CpuPath::kAvx2, CpuPath::kAvx512, CpuPath::kAvx512Bf16}) {
        CAPTURE(name_of(path));
        CHECK(choose_cpu_path("", path) == path);
        CHECK(choose_cpu_path(name_of(path), path) == path);
        CHECK(choose_cpu_path(name_of(path), CpuPath::kAvx512Bf16) == path);
        CHECK(choose_cpu_path("generic", path) == CpuPath::kGeneric);
    }
}

TEST_CASE("cpu: more than the processor has is an error that names what there is") {
    CHECK_THROWS_WITH_AS(choose_cpu_path("avx512bf16", CpuPath::kAvx512),
                         "CLOSET_CPU=avx512bf16 is not possible because this processor has avx512 "
                         "at most; set it to generic, avx2 or avx512, or unset it",
                         ConfigError);
    CHECK_THROWS_WITH_AS(choose_cpu_path("avx2", CpuPath::kGeneric),
                         "CLOSET_CPU=avx2 is not possible because this processor has generic at "
                         "most; set it to generic, or unset it",
                         ConfigError);
}

TEST_CASE("cpu: other values of CLOSET_CPU are refused with the values that there are") {
    for (const char* text : {"AVX2", "avx", "avx512 ", "native", "0", "avx2,avx512"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(choose_cpu_path(text, CpuPath::kAvx512Bf16),
                             doctest::Contains("generic, avx2, avx512 or avx512bf16"), ConfigError);
    }
}

TEST_CASE("cpu: the libraries are held to what is picked") {
    const bool is_less = cpu_path() < detected_cpu_path();
    if (is_less) {  // the program's main has done it
        CHECK(std::getenv("ATEN_CPU_CAPABILITY") != nullptr);
        CHECK(std::getenv("ONEDNN_MAX_CPU_ISA") != nullptr);
    }
    CHECK((describe_cpu_path().find("CLOSET_CPU") != std::string::npos) == is_less);
}

}  // namespace
}  // namespace closet
