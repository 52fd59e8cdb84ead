// What restoring a face costs: results/networks.md, "GFPGAN".
//
//     bench_restorer FILE [ROUNDS] [THREADS]
//
// FILE is a GFPGAN's checkpoint. Prints milliseconds of wall and processor time for each round and
// the peak of memory.
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "infer/faces/face_restorer.h"

using namespace closet;

namespace {

double cpu_s() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

long peak_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        fmt::print(stderr, "usage: bench_restorer FILE [ROUNDS] [THREADS]\n");
        return 2;
    }
    const int rounds = count > 2 ? std::atoi(arguments[2]) : 5;
    const auto threads = static_cast<unsigned>(count > 3 ? std::atoi(arguments[3]) : 1);
    InferOptions options;
    options.device = "cpu";
    const auto restorer = make_face_restorer(arguments[1], options, threads);
    cv::Mat face(restorer->side(), restorer->side(), CV_8UC3);
    cv::randu(face, 0, 256);
    fmt::print("loaded: {} MB\n", peak_mb());
    for (int round = 0; round < rounds; ++round) {
        const double cpu_before = cpu_s();
        const auto start = std::chrono::steady_clock::now();
        const cv::Mat restored = restorer->restore(face);
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
        fmt::print("{:.0f} ms wall, {:.0f} ms processor{}\n", 1e3 * wall.count(),
                   1e3 * (cpu_s() - cpu_before), restored.empty() ? ", no numbers" : "");
    }
    fmt::print("peak: {} MB\n", peak_mb());
    return 0;
}
