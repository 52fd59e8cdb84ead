// Times what wearing adds to a frame, one thread: bench_occlusion [rounds]. Prints medians.
// A person with shoulders 160 pixels wide in a 1280x720 frame, a garment of about 400x500.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "dev/bench/median_us.h"
#include "warp/occlusion/contact_shadow.h"
#include "warp/occlusion/drawn_person.h"
#include "warp/occlusion/occlusion.h"
#include "warp/occlusion/protect_face.h"
#include "warp/occlusion/scene_light.h"

namespace {

using namespace closet;
using closet::dev::median_us;
using namespace closet::test;

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 3) : 200;
    // The drawn person of 320 x 240, enlarged: shoulders of 160 pixels.
    constexpr double kScale = 160 / DrawnPerson::kUnit;
    const DrawnPerson person{.wrist_z = -60, .strand = true};
    const cv::Size size(1280, 720);
    cv::Mat picture(size, CV_8UC4, cv::Scalar(120, 120, 120, 255));
    cv::Mat large;
    cv::resize(person.picture(), large, {}, kScale, kScale);
    large.rowRange(0, std::min(large.rows, size.height))
        .copyTo(picture(cv::Rect(200, 0, large.cols, std::min(large.rows, size.height))));
    Pose pose = person.pose();
    for (Keypoint& point : pose.keypoints) {
        point.x = point.x * static_cast<float>(kScale) + 200;
        point.y *= static_cast<float>(kScale);
        point.z *= static_cast<float>(kScale);
    }
    auto mask = std::make_shared<PersonMask>();
    cv::resize(pose.mask->probability, mask->probability, {256, 256});
    mask->mask_from_shown = {256 / (320 * kScale), 0, -200 * 256 / (320 * kScale), 0,
                             256 / (240 * kScale), 0};
    pose.mask = mask;
    // An opaque middle and a transparent rim, as warps give it.
    cv::Mat garment(500, 400, CV_8UC4, cv::Scalar::all(0));
    garment({30, 10, 340, 480}).setTo(cv::Scalar(200, 30, 30, 255));

    Patch patch;
    const auto fresh = [&] { patch = {{426, 200, 400, 500}, garment.clone()}; };
    const double copying = median_us(rounds, [&](int) { fresh(); });
    const auto without_copy = [&](const std::function<void()>& work) {
        return median_us(rounds,
                         [&](int) {
                             fresh();
                             work();
                         }) -
               copying;
    };
    for (const AVPixelFormat format :
         {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_RGB24}) {
        const AvFrame frame = noise_frame(format, size, 1);
        Composite().paint(*frame, {{0, 0, size.width, size.height}, picture});
        SceneLight light;
        ContactShadow shadow;
        Occlusion occlusion;
        const std::array parts{
            without_copy([&] { light.update(*frame, 0.0, true); }),
            without_copy([&] {
                apply_light(patch.rgba, {0.97F, 1.01F, 1.02F});
            }),
            without_copy([&] { shadow.add(patch, pose, size, 0.18F); }),
            without_copy([&] { occlusion.cut(patch, pose, *frame, Sleeves::kShort); }),
            without_copy([&] { protect_face(patch, pose); }),
        };
        fmt::print(
            "{:<12} measure light {:5.0f}  apply light {:5.0f}  shadow {:5.0f}  occlusion "
            "{:5.0f}  face {:5.0f} us\n",
            name_of(format), parts[0], parts[1], parts[2], parts[3], parts[4]);
    }
}
