/// What cutting out by pointing costs (results/networks.md): bench_pointing FILE [THREADS]. Loading
/// MobileSAM, a photo pointed at for the first time, and again; processor time of the process,
/// which other programs disturb less than wall time.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <opencv2/core.hpp>

#include "infer/cutter/pointed_cutter.h"

namespace {

using namespace closet;

double processor_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <class Work>
void tell(const char* what, int rounds, Work work) {
    std::vector<double> samples;
    for (int i = 0; i < rounds; ++i) {
        const double begin = processor_ms();
        work(i);
        samples.push_back(processor_ms() - begin);
    }
    std::sort(samples.begin(), samples.end());
    fmt::print("{:24} least {:8.1f} ms, median {:8.1f} ms\n", what, samples.front(),
               samples[samples.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_pointing FILE [THREADS]\n");
        return 2;
    }
    // Nothing is found in a cache, nor left there.
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    const std::string file = argv[1];
    at::set_num_threads(argc > 2 ? std::atoi(argv[2]) : 1);
    tell("load", 1, [&](int) { make_pointed_cutter(file); });
    const auto cutter = make_pointed_cutter(file);
    cv::Mat photo(1024, 768, CV_8UC3, cv::Scalar::all(90));
    Pointing pointing;
    pointing.inside = {{300, 400}};
    constexpr int kRounds = 9;
    tell("first point", kRounds, [&](int i) {
        photo.at<cv::Vec3b>(i, 0)[0] ^= 255;
        cutter->alpha(photo, pointing);
    });
    tell("another point", kRounds, [&](int i) {
        pointing.inside[0].x += i;
        cutter->alpha(photo, pointing);
    });
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("peak memory {} MB\n", usage.ru_maxrss / 1024);
    return 0;
}
