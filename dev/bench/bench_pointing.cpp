/// What cutting out by pointing costs (results/networks.md): bench_pointing FILE [THREADS]. Loading
/// MobileSAM, a photo pointed at for the first time, and again; processor time of the process,
/// which other programs disturb less than wall time.

#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "dev/bench/processor_time.h"
#include "infer/cutter/pointed_cutter.h"

using namespace closet;

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
    dev::tell_processor_time("load", 1, 1, [&](int) { make_pointed_cutter(file); });
    const auto cutter = make_pointed_cutter(file);
    cv::Mat photo(1024, 768, CV_8UC3, cv::Scalar::all(90));
    Pointing pointing;
    pointing.inside = {{300, 400}};
    constexpr int kRounds = 9;
    dev::tell_processor_time("first point", kRounds, 1, [&](int i) {
        photo.at<cv::Vec3b>(i, 0)[0] ^= 255;
        cutter->alpha(photo, pointing);
    });
    dev::tell_processor_time("another point", kRounds, 1, [&](int i) {
        pointing.inside[0].x += i;
        cutter->alpha(photo, pointing);
    });
    dev::tell_peak_memory();
    return 0;
}
