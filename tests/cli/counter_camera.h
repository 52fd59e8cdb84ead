#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace closet::test {

/// A camera and a viewer around a program that reads pictures on its standard input and puts them
/// out on its standard output, both as y4m 4:2:0. The camera draws each picture's number into it;
/// the viewer reads the number back. Both look at one clock, which is not the program's, so what
/// they see between them is the latency that a user has.
struct CounterCamera {
    int width = 640, height = 360;
    double rate = 30;  ///< frames a second
    int frames = 60;
    /// Pixels of frame n: luma, then both chromas; null: gray.
    std::function<void(int n, std::vector<std::uint8_t>& pixels)> picture;
};

struct SeenFrame {
    int number = 0;
    double latency_ms = 0;  ///< from the first byte written until the last byte read
};

struct CameraRun {
    int exit_code = 0;
    std::vector<SeenFrame> seen;  ///< in the order in which they came out
};

/// Runs `command` before the camera. Throws std::runtime_error where it cannot be started or puts
/// out something else.
CameraRun run_before_camera(const std::vector<std::string>& command, const CounterCamera& camera);

double mean_latency_ms(const CameraRun& run);
double latency_quantile_ms(const CameraRun& run, double quantile);

}  // namespace closet::test
