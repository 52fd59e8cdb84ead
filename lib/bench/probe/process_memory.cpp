#include "bench/probe/process_memory.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <malloc.h>

namespace closet::bench {
namespace {

/// The number of a line of /proc/self/status, which is in kB; 0 where there is none.
std::int64_t status_bytes(const std::string& name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name)) {
            return std::strtoll(line.c_str() + name.size(), nullptr, 10) * 1024;
        }
    }
    return 0;
}

}  // namespace

std::int64_t resident_bytes() {
    return status_bytes("VmRSS:");
}

bool reset_peak_memory() {
    std::ofstream file("/proc/self/clear_refs");
    file << '5';
    return static_cast<bool>(file.flush());
}

std::int64_t peak_resident_bytes() {
    return status_bytes("VmHWM:");
}

void trim_heap() {
    malloc_trim(0);
}

}  // namespace closet::bench
