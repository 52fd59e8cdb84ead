// Times --fill-old-clothes: bench_old_clothes [rounds]. Prints medians of processor time (one
// thread, other work on the machine left out), of a person with a shoulder width of 160 pixels, in
// a shirt that shows on all sides, in a 1280x720 frame.

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include "warp/old_clothes/drawn_wearer.h"
#include "warp/old_clothes/old_clothes.h"

namespace {

double processor_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace closet;
    using namespace closet::test;
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 3) : 200;
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

    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_RGB24}) {
        const AvFrame frame = noise_frame(format, size, 1);
        Composite().paint(*frame, {{{0, 0}, size}, picture});
        OldClothes stage;
        std::vector<double> samples;
        for (int i = -3; i < rounds; ++i) {  // three rounds to warm up
            Patch patch{where, garment.clone()};
            const double begin = processor_us();
            stage.begin_frame(0.04 * (i + 3), false);
            stage.cover(patch, pose, *frame, {});
            const double took = processor_us() - begin;
            if (i >= 0) {
                samples.push_back(took);
            }
        }
        std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
        fmt::print("{:<12} old clothes {:5.0f} us\n", name_of(format),
                   samples[static_cast<std::size_t>(rounds / 2)]);
    }
}
