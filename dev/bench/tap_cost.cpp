// tap_cost CLIP [GARMENT [PAIRS]]: what it costs to be measured. Renders the clip from memory with
// the default settings, in turns with and without the taps of a sample, and prints seconds a pass.
// Then prints what the taps take for a frame by themselves, and what one part timer costs, with and
// without somebody who listens.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/probe/sample_meter.h"
#include "dev/program.h"
#include "fit/fit.h"
#include "pipeline/part_clock.h"
#include "warp/garment/garment_file.h"

namespace {

using namespace closet;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// What the taps take for one frame with one person, nanoseconds.
double taps_ns() {
    constexpr int kFrames = 200'000;
    PosedFrame posed;
    posed.poses.emplace_back().keypoints.resize(keypoint_count(Skeleton::kBlazePose33));
    bench::SampleMeter meter;
    const FitTaps taps = meter.taps();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kFrames; ++i) {
        posed.frame.index = i;
        taps.frame_in(posed.frame);
        taps.posed(posed);
        taps.frame_out(posed.frame);
    }
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
               .count() /
           kFrames;
}

double timer_ns() {
    constexpr int kTimers = 1'000'000;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimers; ++i) {
        const PartTimer timer(Part::kBlend);
    }
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
               .count() /
           kTimers;
}

int run(const std::vector<std::string>& arguments) {
    FitOptions options;
    options.discard = true;
    const int pairs = arguments.size() > 2 ? std::stoi(arguments[2]) : 10;
    const MemoryClip clip(arguments[0], {.decode = {}, .max_frames = 120});
    Fit fit(options, arguments.size() > 1 ? load_garment(arguments[1]) : nullptr);
    fit.render(clip, {});
    std::vector<double> plain, tapped, difference;
    for (int i = 0; i < pairs; ++i) {
        const auto one = [&](bool with) {
            bench::SampleMeter meter;
            const FitReport report = fit.render(clip, {}, {}, with ? meter.taps() : FitTaps{});
            (with ? tapped : plain).push_back(report.stream_s);
        };
        one(i % 2 == 0);
        one(i % 2 != 0);
        difference.push_back(tapped.back() / plain.back() - 1);
    }
    fmt::print(
        "{} frames, {} pairs: {:.4f} s without taps, {:.4f} s with, median of pairs {:+.2f} %\n",
        clip.frames().size(), pairs, median(plain), median(tapped), 100 * median(difference));
    fmt::print("taps: {:.0f} ns a frame\n", taps_ns());
    const double unheard = timer_ns();
    PartTotals totals;
    const PartScope scope(&totals);
    fmt::print("a part timer: {:.1f} ns, {:.1f} ns where nobody listens\n", timer_ns(), unheard);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return closet::dev::program(argc, argv, 1, "tap_cost CLIP [GARMENT [PAIRS]]", run);
}
