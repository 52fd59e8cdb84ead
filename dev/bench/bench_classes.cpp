// Times the color step and what it brings in front, one thread: bench_classes [rounds]. Prints
// the least times: frames on which models are learned anew, others, and the cut of the patch.
// A whole person of 680 of 720 (1020 of 1080) pixels before a plain ground, with labels of 256
// pixels on the long side, blurred as networks' are.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <functional>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>

#include "warp/classes/labeled_person.h"
#include "warp/occlusion/class_front.h"

namespace {

/// The least processor time of `rounds` calls, in microseconds: other programs may run.
double cpu_us(int rounds, const std::function<void(int)>& work) {
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
    };
    double least = INFINITY;
    for (int i = 0; i < rounds; ++i) {
        const double start = now();
        work(i);
        least = std::min(least, now() - start);
    }
    return least;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace closet;
    using namespace closet::test;
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 3) : 200;
    cv::setNumThreads(1);
    for (const cv::Size size : {cv::Size(1280, 720), cv::Size(1920, 1080)}) {
        const LabeledPerson person(size);
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        const Pose pose = person.pose();
        ClassFinder finder;
        const PersonClasses* classes = nullptr;
        // Measured so seldom, every frame is learned from.
        double seconds = 0;
        const double learning = cpu_us(rounds, [&](int) {
            finder.begin_frame(seconds += 0.2, false);
            classes = finder.find(pose, *frame);
        });
        const double others = cpu_us(rounds, [&](int) {
            finder.begin_frame(seconds, false);
            classes = finder.find(pose, *frame);
        });
        occlusion::ClassFront front;
        const Wearer wearer(pose);
        Patch patch{align_to_chroma({size.width / 2 - size.height / 5, size.height / 5,
                                     size.height * 2 / 5, size.height / 2}),
                    {}};
        patch.rgba = cv::Mat(patch.where.size(), CV_8UC4, cv::Scalar::all(255));
        const double cutting = cpu_us(rounds, [&](int) {
            front.look_at(*classes, wearer, Sleeves::kShort);
            front.cut_front(patch);
            front.cut_face(patch, false);
        });
        const cv::Size grid = classes->of(Surface::kSkin).size();
        fmt::print(
            "{}x{}: grid {}x{}; learning {:.0f}  others {:.0f}  in front {:.0f} us; with 5 of 30 "
            "frames learned from {:.0f} us a frame\n",
            size.width, size.height, grid.width, grid.height, learning, others, cutting,
            (learning + 5 * others) / 6 + cutting);
    }
}
