#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <functional>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

namespace closet::dev {

/// Processor time of the process so far, milliseconds: other programs disturb it less than wall
/// time.
inline double processor_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

/// Prints the least and the median processor time that `work` takes, which is given the number of
/// the round, for each of the `count` things that it does.
inline void tell_processor_time(const char* what, int rounds, double count,
                                const std::function<void(int)>& work) {
    std::vector<double> samples;
    for (int i = 0; i < rounds; ++i) {
        const double begin = processor_ms();
        work(i);
        samples.push_back((processor_ms() - begin) / count);
    }
    std::sort(samples.begin(), samples.end());
    fmt::print("{:24} least {:8.1f} ms, median {:8.1f} ms\n", what, samples.front(),
               samples[samples.size() / 2]);
}

inline void tell_peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("peak memory {} MB\n", usage.ru_maxrss / 1024);
}

}  // namespace closet::dev
