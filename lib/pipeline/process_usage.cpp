#include "pipeline/process_usage.h"

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace closet {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// The second number of proc(5)'s statm, in pages.
std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    return file >> size >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace

ProcessUsage process_usage() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime), resident_bytes(),
            std::int64_t{usage.ru_maxrss} * 1024};
}

}  // namespace closet
