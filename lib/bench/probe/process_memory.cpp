#include "bench/probe/process_memory.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <malloc.h>

namespace closet::bench {

bool reset_peak_memory() {
    std::ofstream file("/proc/self/clear_refs");
    file << '5';
    return static_cast<bool>(file.flush());
}

std::int64_t peak_resident_bytes() {
    constexpr std::string_view kPeak = "VmHWM:";  // proc(5), in kB
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kPeak)) {
            return std::strtoll(line.c_str() + kPeak.size(), nullptr, 10) * 1024;
        }
    }
    return 0;
}

void trim_heap() {
    malloc_trim(0);
}

}  // namespace closet::bench
