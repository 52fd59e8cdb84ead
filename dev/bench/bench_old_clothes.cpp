// Times what is done about the wearer's own clothes: bench_old_clothes [rounds]. Prints the least
// processor times (one thread) for --old-clothes cover, of a person with a shoulder width of 160
// pixels in a shirt that shows on all sides, in a 1280x720 frame, and for remove, of a whole person
// of 680 of 720 (1020 of 1080) pixels whose long-sleeved shirt shows beside a smaller garment: all
// regions, with the ground never seen, which is the dearest.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <functional>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>

#include "warp/classes/labeled_person.h"
#include "warp/old_clothes/drawn_wearer.h"
#include "warp/old_clothes/old_clothes.h"
#include "warp/removal/removal.h"

namespace {

using namespace closet;
using namespace closet::test;

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

void time_cover(int rounds) {
    constexpr double kScale = 160 / DrawnWearer::kUnit;
    const DrawnWearer wearer;
    const cv::Size size(1280, 720);
    cv::Mat picture(size, CV_8UC4, cv::Scalar(200, 205, 200, 255));
    cv::Mat large;
    cv::resize(wearer.picture(), large, {}, kScale, kScale, cv::INTER_NEAREST);
    large.rowRange(0, size.height).copyTo(picture(cv::Rect(200, 0, large.cols, size.height)));
    Pose pose = wearer.pose();
    for (Keypoint& point : pose.keypoints) {
        point.x = point.x * static_cast<float>(kScale) + 200;
        point.y *= static_cast<float>(kScale);
    }
    auto mask = std::make_shared<PersonMask>();
    cv::resize(pose.mask->probability, mask->probability, {256, 256});
    const double per_x = 256 / (wearer.size.width * kScale);
    mask->mask_from_shown = {per_x, 0, -200 * per_x, 0, 256 / (wearer.size.height * kScale), 0};
    pose.mask = mask;
    const cv::Rect inner(cv::Point(DrawnWearer::kGarment.tl() * kScale) + cv::Point(200, 0),
                         cv::Size(cv::Size2d(DrawnWearer::kGarment.size()) * kScale));
    const cv::Rect where =
        align_to_chroma({inner.tl() - cv::Point(10, 10), inner.size() + cv::Size(20, 20)});
    cv::Mat garment(where.size(), CV_8UC4, cv::Scalar::all(0));
    garment(inner - where.tl()).setTo(cv::Scalar(200, 30, 30, 255));
    const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, size, 1);
    Composite().paint(*frame, {{{0, 0}, size}, picture});
    OldClothes stage;
    fmt::print("cover {:5.0f} us\n", cpu_us(rounds, [&](int i) {
                   Patch patch{where, garment.clone()};
                   stage.begin_frame(0.04 * i, false);
                   stage.cover(patch, pose, *frame, {});
               }));
}

void time_removal(int rounds, cv::Size size) {
    const LabeledPerson person(size);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const Pose pose = person.pose();
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses& classes = *finder.find(wearer, *frame);
    const cv::Rect where = align_to_chroma({person.at(-0.45, -0.1), person.at(0.45, 1.1)});
    cv::Mat cloth(where.size(), CV_8UC4, cv::Scalar(200, 30, 30, 255));
    const Ensemble worn(std::make_shared<const Garment>());
    const Removal::UncutAlpha uncut{where, cv::Mat(where.size(), CV_8UC1, cv::Scalar(255))};
    Removal stage;
    Composite composite;
    std::optional<Patch> below;
    const double removing = cpu_us(rounds, [&](int i) {
        Patch patch{where, cloth};
        stage.begin_frame(size, 0.04 * i, false);
        below = stage.remove(patch, uncut, worn, wearer, *frame, classes, {});
    });
    const double painting = cpu_us(rounds, [&](int) { composite.paint(*frame, *below); });
    fmt::print("remove {}x{}: {:.0f} us, painting {:.0f} us\n", size.width, size.height, removing,
               painting);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 3) : 200;
    cv::setNumThreads(1);
    time_cover(rounds);
    time_removal(rounds, {1280, 720});
    time_removal(rounds, {1920, 1080});
}
