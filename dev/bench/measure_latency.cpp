// Measures what `closet live` says of its latency against what is seen from outside, with people in
// the picture:
//   measure_latency CLOSET WIDTH HEIGHT RATE FRAMES PICTURES.yuv SUMMARY.json [OPTION of closet
//   live ...]
// PICTURES.yuv holds raw yuv420p pictures of that size, which are shown in turn.

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/counter_camera.h"

using namespace closet::test;

int main(int argc, char** argv) {
    if (argc < 8) {
        fmt::print(
            stderr,
            "usage: measure_latency CLOSET WIDTH HEIGHT RATE FRAMES PICTURES.yuv SUMMARY.json "
            "[OPTION ...]\n");
        return 2;
    }
    try {
        CounterCamera camera;
        camera.width = std::atoi(argv[2]);
        camera.height = std::atoi(argv[3]);
        camera.rate = std::atof(argv[4]);
        camera.frames = std::atoi(argv[5]);
        std::ifstream file(argv[6], std::ios::binary);
        const std::vector<char> pictures((std::istreambuf_iterator<char>(file)), {});
        camera.picture = [&](int n, std::vector<std::uint8_t>& pixels) {
            const std::size_t count = pictures.size() / pixels.size();
            if (count == 0) {
                throw std::runtime_error(fmt::format("{} holds no picture", argv[6]));
            }
            const auto* at = pictures.data() + static_cast<std::size_t>(n) % count * pixels.size();
            std::copy(at, at + pixels.size(), reinterpret_cast<char*>(pixels.data()));
        };
        std::vector<std::string> command{argv[1], "live", "-",         "--no-window", "--no-mirror",
                                         "-o",    "-",    "--summary", argv[7]};
        command.insert(command.end(), argv + 8, argv + argc);
        const CameraRun run = run_before_camera(command, camera);
        const auto summary = nlohmann::json::parse(std::ifstream(argv[7]));
        const auto& told = summary.at("latency_ms");
        fmt::print("          {:>8} {:>8} {:>8} {:>8} {:>8}\n", "frames", "mean", "p50", "p95",
                   "p99");
        fmt::print("seen      {:8} {:8.1f} {:8.1f} {:8.1f} {:8.1f}\n", run.seen.size(),
                   mean_latency_ms(run), latency_quantile_ms(run, 0.5),
                   latency_quantile_ms(run, 0.95), latency_quantile_ms(run, 0.99));
        fmt::print("reported  {:8} {:8.1f} {:8.1f} {:8.1f} {:8.1f}\n", told.at("count").get<int>(),
                   told.at("mean").get<double>(), told.at("p50").get<double>(),
                   told.at("p95").get<double>(), told.at("p99").get<double>());
        return run.exit_code;
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
