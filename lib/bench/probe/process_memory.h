#pragma once

#include <cstdint>

namespace closet::bench {

/// Lets the peak begin anew at what is resident now (Linux 4.0: writes to /proc/self/clear_refs).
/// False where the system refuses: then the peak is that since the process started.
bool reset_peak_memory();
/// Bytes; 0 where the system does not tell.
std::int64_t peak_resident_bytes();

/// Gives back to the system what the heap keeps for later, so that ProcessUsage::memory_bytes tells
/// what is in use.
void trim_heap();

}  // namespace closet::bench
