// Times the parts of dressing one frame with a mesh, one thread: bench_mesh [GARMENT.png [rounds]].
// Prints medians for a person whose shoulders are 160 px apart at 720p and 280 px at 1080p, arms
// half raised, in the garment or in a made-up shirt, trousers, skirt and dress; the pose moves a
// little each round.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "dev/bench/median_us.h"
#include "warp/garment/garment_file.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/mesh_warp.h"
#include "warp/paint/composite.h"

namespace {

using namespace closet;
using closet::dev::median_us;
using namespace closet::test;

void bench(const std::shared_ptr<const Garment>& garment, cv::Size size, double shoulders,
           int rounds) {
    MeshWarp warp(garment, {});
    std::size_t triangles = 0;
    for (const auto& layer : warp.chart().layer) {
        triangles += layer.triangles.size();
    }
    const auto pose_at = [&](int i) {
        Pose pose = standing_pose({size.width / 2.0 + 20 * std::sin(0.1 * i), size.height * 0.25},
                                  shoulders + std::sin(0.3 * i), 0.05 * std::sin(0.05 * i));
        set_arms(pose, 0.5, 0.3);
        set_legs(pose, 0.1, -0.1);
        return pose;
    };
    const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, size, 1);
    Composite composite;
    Patch patch = *warp.warp(pose_at(0), size);
    fmt::print("{} x {}, {} triangles, patch {} x {}\n", size.width, size.height, triangles,
               patch.where.width, patch.where.height);
    fmt::print("  geometry            {:7.0f} us\n",
               median_us(rounds, [&](int i) { warp.lay(pose_at(i), size); }));
    fmt::print("  warp                {:7.0f} us\n",
               median_us(rounds, [&](int i) { warp.warp(pose_at(i), size); }));
    patch = *warp.warp(pose_at(0), size);
    fmt::print("  composite, yuv420p  {:7.0f} us\n",
               median_us(rounds, [&](int) { composite.paint(*frame, patch); }));
    fmt::print("  both                {:7.0f} us\n", median_us(rounds, [&](int i) {
                   const auto moved = warp.warp(pose_at(i), size);
                   composite.paint(*frame, *moved);
               }));
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::shared_ptr<const Garment>> garments;
    if (argc > 1) {
        garments = {load_garment(argv[1])};
    } else {
        garments = {tee(true), trousers(), skirt(), dress()};
    }
    const int rounds = argc > 2 ? std::max(std::atoi(argv[2]), 3) : 100;
    for (const auto& garment : garments) {
        fmt::print("{}: preparing {:7.0f} us\n", garment->name,
                   median_us(5, [&](int) { MeshWarp(garment, {}); }));
        bench(garment, {1280, 720}, 160, rounds);
        bench(garment, {1920, 1080}, 280, rounds);
    }
}
