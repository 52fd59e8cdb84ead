/// What the batch stage costs a frame: microseconds, median of many, on one thread.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "batch/pictures.h"
#include "batch/scene_cut.h"
#include "batch/view.h"

namespace {

template <class Work>
double median_us(Work&& work) {
    std::vector<double> times;
    for (int i = 0; i < 201; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
                .count());
    }
    std::nth_element(times.begin(), times.begin() + 100, times.end());
    return times[100];
}

}  // namespace

int main() {
    cv::setNumThreads(1);
    using namespace closet;
    for (const auto& [width, height] : {std::pair(1280, 720), std::pair(1920, 1080)}) {
        const cv::Mat noise(height, width, CV_8UC3);
        cv::randu(noise, 0, 255);
        for (const auto format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P10LE,
                                  AV_PIX_FMT_YUV444P, AV_PIX_FMT_RGB24}) {
            const Frame frame = test::make_frame(0, test::picture_from_rgb(noise, format));
            SceneCutDetector cuts;
            std::printf("%dx%d format %d: scene cut %.0f us;", width, height, format,
                        median_us([&] { cuts.is_cut(*frame.image); }));
            for (const double scale : {1.0, 0.5, 0.35, 0.25}) {
                ViewMaker views(scale);
                std::printf(" view at %.2f %.0f us", scale, median_us([&] { views.make(frame); }));
            }
            std::printf("\n");
        }
    }
}
