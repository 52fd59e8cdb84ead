// Times the parts of dressing one frame, one thread: bench_warp [rounds]. Prints medians.
// The garment covers about 400x500 pixels of a 1280x720 frame and moves a little each round.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "dev/bench/median_us.h"
#include "warp/affine/affine_warp.h"
#include "warp/occlusion/protect_face.h"
#include "warp/paint/composite.h"
#include "warp/paint/skeleton_overlay.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using closet::dev::median_us;
using namespace closet::test;

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(std::atoi(argv[1]), 3) : 200;
    const auto garment = shirt({1024, 1280});
    AffineWarp warp(garment, {});
    const cv::Size size(1280, 720);
    // Anchors are 512 garment pixels apart: 160 px between the joints make the sheet 400 x 500.
    const auto pose_at = [](int i) {
        const double angle = 0.1 * std::sin(0.05 * i);
        return standing_pose({640 + 20 * std::sin(0.1 * i), 180}, 160 + std::sin(0.3 * i), angle);
    };

    const double warping = median_us(rounds, [&](int i) { warp.warp(pose_at(i), size); });
    fmt::print("affine warp                 {:7.0f} us\n", warping);
    const double shrinking = median_us(std::min(rounds, 50), [&](int i) {
        AffineWarp fresh(garment, {});
        fresh.warp(pose_at(i), size);
    });
    fmt::print("first use of a garment      {:7.0f} us\n", shrinking);

    Patch patch = *warp.warp(pose_at(0), size);
    fmt::print("patch                       {} x {}\n", patch.where.width, patch.where.height);
    fmt::print("face protection             {:7.0f} us\n",
               median_us(rounds, [&](int i) { protect_face(patch, pose_at(i)); }));
    fmt::print("skeleton overlay            {:7.0f} us\n",
               median_us(rounds, [&](int i) { skeleton_overlay(pose_at(i), size); }));

    Composite composite;
    for (const AVPixelFormat format : paintable_formats()) {
        const AvFrame frame = noise_frame(format, size, 1);
        fmt::print("composite {:<17} {:7.0f} us\n", name_of(format),
                   median_us(rounds, [&](int) { composite.paint(*frame, patch); }));
    }
    const AvFrame shared = noise_frame(AV_PIX_FMT_YUV420P, size, 1);
    WritableFrames writable;
    fmt::print("copy of a shared 720p frame {:7.0f} us\n", median_us(rounds, [&](int) {
                   const AvFrame other = reference(*shared);
                   writable.make_writable(*other);
               }));
    const double both = median_us(rounds, [&](int i) {
        const auto moved = warp.warp(pose_at(i), size);
        composite.paint(*shared, *moved);
    });
    fmt::print("warp + composite, yuv420p   {:7.0f} us\n", both);
}
