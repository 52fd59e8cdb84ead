#include "pipeline/process_usage.h"

#include <doctest/doctest.h>

#include <vector>

using closet::process_usage;

TEST_CASE("process usage: memory that is written to counts as resident") {
    constexpr std::size_t kBytes = 64 << 20;
    const closet::ProcessUsage before = process_usage();
    CHECK(before.memory_bytes > 0);
    const std::vector<char> block(kBytes, 1);
    const closet::ProcessUsage after = process_usage();
    CHECK(after.memory_bytes - before.memory_bytes > static_cast<std::int64_t>(kBytes / 2));
    CHECK(after.peak_memory_bytes >= static_cast<std::int64_t>(kBytes));
    CHECK(after.cpu_s >= before.cpu_s);
    CHECK(block.back() == 1);
}
