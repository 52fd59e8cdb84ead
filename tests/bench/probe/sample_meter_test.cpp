#include "bench/probe/sample_meter.h"

#include <cstddef>
#include <iostream>
#include <vector>

#include <malloc.h>

#include "support/doctest_with_torch.h"

#include "pipeline/process_usage.h"

namespace closet::bench {

TEST_CASE("process memory: the peak begins anew after a reset") {
    constexpr std::size_t kLarge = std::size_t{128} << 20;
    if (!reset_peak_memory()) {
        std::cout << "SKIPPED: this system does not let a process reset its peak memory\n";
        return;
    }
    const std::int64_t before = peak_resident_bytes();
    {
        const std::vector<char> touched(kLarge, 'x');
        CHECK(touched.back() == 'x');
    }
    const std::int64_t with = peak_resident_bytes();
    CHECK(with - before > static_cast<std::int64_t>(kLarge) * 9 / 10);
    malloc_trim(0);
    REQUIRE(reset_peak_memory());
    CHECK(with - peak_resident_bytes() > static_cast<std::int64_t>(kLarge) * 9 / 10);
    CHECK(process_usage().memory_bytes > 0);
}

}  // namespace closet::bench
