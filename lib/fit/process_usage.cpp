#include "fit/process_usage.h"

#include <sys/resource.h>

namespace closet {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

ProcessUsage process_usage() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
            std::int64_t{usage.ru_maxrss} * 1024};
}

}  // namespace closet
