#pragma once

#include <cstdint>

namespace closet {

/// What the process has used so far, all threads together.
struct ProcessUsage {
    double cpu_s = 0;                    ///< user and system time
    std::int64_t peak_memory_bytes = 0;  ///< largest resident set since the process started
};

ProcessUsage process_usage();

}  // namespace closet
