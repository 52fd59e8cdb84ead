#include "counter_camera.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace closet::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBits = 20;
constexpr int kBlock = 16;  // pixels; the numbers stand in the top left corner

void draw_number(std::vector<std::uint8_t>& pixels, int width, int number) {
    for (int bit = 0; bit < kBits; ++bit) {
        const std::uint8_t value = ((number >> bit) & 1) != 0 ? 235 : 16;
        for (int y = 0; y < kBlock; ++y) {
            std::memset(&pixels[static_cast<std::size_t>(y * width + bit * kBlock)], value, kBlock);
        }
    }
}

int read_number(const std::vector<std::uint8_t>& pixels, int width) {
    int number = 0;
    for (int bit = 0; bit < kBits; ++bit) {
        const int middle = kBlock / 2 * width + bit * kBlock + kBlock / 2;
        number |= (pixels[static_cast<std::size_t>(middle)] > 128 ? 1 : 0) << bit;
    }
    return number;
}

bool write_all(int file, const void* bytes, std::size_t size) {
    const auto* next = static_cast<const char*>(bytes);
    while (size > 0) {
        const ssize_t written = write(file, next, size);
        if (written <= 0) {
            return false;
        }
        next += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

bool read_all(int file, std::uint8_t* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t got = read(file, bytes, size);
        if (got <= 0) {
            return false;
        }
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

std::string read_line(int file) {
    std::string line;
    std::uint8_t byte = 0;
    while (read_all(file, &byte, 1) && byte != '\n') {
        line += static_cast<char>(byte);
    }
    return line;
}

struct Child {
    pid_t pid;
    int in, out;  ///< its standard input and output, our ends
};

Child start(const std::vector<std::string>& command) {
    std::array<int, 2> in{}, out{};
    if (pipe(in.data()) != 0 || pipe(out.data()) != 0) {
        throw std::runtime_error("no pipe");
    }
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    const pid_t pid = fork();
    if (pid < 0) {
        throw std::runtime_error("no process");
    }
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        for (const int end : {in[0], in[1], out[0], out[1]}) {
            close(end);
        }
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return {pid, in[1], out[0]};
}

}  // namespace

CameraRun run_before_camera(const std::vector<std::string>& command, const CounterCamera& camera) {
    std::signal(SIGPIPE, SIG_IGN);
    const Child child = start(command);
    std::vector<Clock::time_point> written(static_cast<std::size_t>(camera.frames));
    const std::size_t size =
        static_cast<std::size_t>(camera.width) * static_cast<std::size_t>(camera.height) * 3 / 2;
    std::thread writer([&] {
        const std::string header =
            fmt::format("YUV4MPEG2 W{} H{} F{}:1000 Ip A1:1 C420jpeg\n", camera.width,
                        camera.height, static_cast<int>(camera.rate * 1000));
        std::vector<std::uint8_t> pixels(size, 128);
        bool open = write_all(child.in, header.data(), header.size());
        const auto begin = Clock::now();
        for (int n = 0; open && n < camera.frames; ++n) {
            if (camera.picture) {
                camera.picture(n, pixels);
            }
            draw_number(pixels, camera.width, n);
            std::this_thread::sleep_until(begin +
                                          std::chrono::duration_cast<Clock::duration>(
                                              std::chrono::duration<double>(n / camera.rate)));
            written[static_cast<std::size_t>(n)] = Clock::now();
            open = write_all(child.in, "FRAME\n", 6) && write_all(child.in, pixels.data(), size);
        }
        close(child.in);
    });
    CameraRun run;
    std::string problem;
    const std::string header = read_line(child.out);
    if (header.find(fmt::format(" W{} H{} ", camera.width, camera.height)) == std::string::npos) {
        problem = fmt::format("not the y4m that was expected: {}", header);
    }
    std::vector<std::uint8_t> pixels(size);
    while (problem.empty() && read_line(child.out).rfind("FRAME", 0) == 0 &&
           read_all(child.out, pixels.data(), size)) {
        const auto now = Clock::now();
        const int number = read_number(pixels, camera.width);
        if (number >= camera.frames) {
            problem = fmt::format("number {} was never drawn", number);
            break;
        }
        const auto since = now - written[static_cast<std::size_t>(number)];
        run.seen.push_back({number, std::chrono::duration<double, std::milli>(since).count()});
    }
    close(child.out);
    writer.join();
    int status = 0;
    waitpid(child.pid, &status, 0);
    run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!problem.empty()) {
        throw std::runtime_error(problem);
    }
    return run;
}

double mean_latency_ms(const CameraRun& run) {
    const double sum = std::accumulate(
        run.seen.begin(), run.seen.end(), 0.0,
        [](double total, const SeenFrame& frame) { return total + frame.latency_ms; });
    return run.seen.empty() ? 0 : sum / static_cast<double>(run.seen.size());
}

double latency_quantile_ms(const CameraRun& run, double quantile) {
    std::vector<double> sorted;
    for (const SeenFrame& frame : run.seen) {
        sorted.push_back(frame.latency_ms);
    }
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0
                          : sorted[static_cast<std::size_t>(
                                quantile * static_cast<double>(sorted.size() - 1))];
}

}  // namespace closet::test
