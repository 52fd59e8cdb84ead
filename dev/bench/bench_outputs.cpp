#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "encode/stream/live_output.h"
#include "encode/stream/pictures.h"

/// bench_outputs TARGET [FORMAT]: how long LiveOutput::write takes for 1280x720 pictures that move,
/// on stderr, since the target may be standard output.
int main(int argc, char** argv) {
    using namespace closet;
    using Clock = std::chrono::steady_clock;
    constexpr int kPictures = 8;
    constexpr std::int64_t kFrames = 300, kStepUs = 33333;
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_outputs TARGET [FORMAT]\n");
        return 2;
    }
    LiveOutputOptions options;
    options.target = argv[1];
    options.format = argc > 2 ? argv[2] : "";
    try {
        std::vector<Frame> frames;
        for (unsigned i = 0; i < kPictures; ++i) {
            frames.push_back(
                test::make_frame(test::make_picture(AV_PIX_FMT_YUV420P, 1280, 720, i), 0));
        }
        const std::unique_ptr<LiveOutput> output = open_live_output(options);
        std::vector<double> ms;
        for (std::int64_t i = 0; i < kFrames; ++i) {
            Frame& frame = frames[static_cast<std::size_t>(i % kPictures)];
            frame.pts = i * kStepUs;
            const auto begin = Clock::now();
            output->write(frame);
            ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        }
        output->finish();
        std::sort(ms.begin(), ms.end());
        fmt::print(stderr, "{}: median {:.2f} ms, 99th percentile {:.2f} ms\n", output->describe(),
                   ms[ms.size() / 2], ms[ms.size() * 99 / 100]);
    } catch (const Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
