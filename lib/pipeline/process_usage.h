#pragma once

#include <cstdint>

namespace closet {

/// What the process uses, all threads together.
struct ProcessUsage {
    double cpu_s = 0;                    ///< user and system time so far
    std::int64_t memory_bytes = 0;       ///< resident now; 0 where the system does not tell
    std::int64_t peak_memory_bytes = 0;  ///< largest resident set since the process started
};

ProcessUsage process_usage();

}  // namespace closet
