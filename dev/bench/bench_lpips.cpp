// What LPIPS costs: milliseconds of processor time a pair of pictures, one thread, and the memory
// of the process.
//   bench_lpips FILE WIDTHxHEIGHT
// FILE holds backbone and heads. "own" is this project's kernels, "LibTorch" its operators (oneDNN)
// on the same graph; the distance is what is made of the activations.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "models/aten/network.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/lpips/lpips.h"
#include "models/nhwc/network.h"
#include "similarity/lpips.h"

namespace closet {
namespace {

constexpr int kRounds = 15;

double peak_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Processor time of this thread, so that a machine with other work to do tells the same.
double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <class Work>
double median_cpu_ms(const Work& work) {
    std::vector<double> samples;
    for (int i = -2; i < kRounds; ++i) {
        const double begin = cpu_ms();
        work();
        if (i >= 0) {
            samples.push_back(cpu_ms() - begin);
        }
    }
    std::nth_element(samples.begin(), samples.begin() + kRounds / 2, samples.end());
    return samples[kRounds / 2];
}

cv::Mat noise(cv::Size size, std::uint64_t seed) {
    cv::Mat picture(size, CV_8UC3);
    cv::RNG(seed).fill(picture, cv::RNG::UNIFORM, 0, 256);
    return picture;
}

void measure(const std::string& file, cv::Size size) {
    const c10::InferenceMode inference;
    const auto checkpoint = read_checkpoint(file);
    const StateDict state(checkpoint->tensors());
    const auto architecture = recognize_lpips(state);
    if (!architecture) {
        throw Error(file + " is no LPIPS");
    }
    const double before_mb = peak_mb();
    const Lpips lpips(std::vector<std::filesystem::path>{file});
    const cv::Mat a = noise(size, 1), b = noise(size, 2);
    const double begin = cpu_ms();
    lpips.distance(a, b);
    const double first = cpu_ms() - begin;
    const double own_mb = peak_mb() - before_mb;
    const double whole_ms = median_cpu_ms([&] { lpips.distance(a, b); });

    Parameters parameters(state, Parameters::Purpose::kLoad);
    const LpipsNetwork built =
        build_lpips(*architecture, parameters, file, size.height, size.width);
    const at::Tensor input = at::randn({2, 3, size.height, size.width});
    std::string own = "-";
    if (const NhwcKernels* const kernels = nhwc_kernels()) {
        const NhwcNetwork network(built.graph, *kernels);
        network.forward(input);
        own = fmt::format("{:.1f}", median_cpu_ms([&] { network.forward(input); }));
    }
    const AtenNetwork network(built.graph, NetworkOptions{});
    network.forward(input);
    const double torch_ms = median_cpu_ms([&] { network.forward(input); });
    fmt::print("| {} | {}x{} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} |\n",
               to_string(*architecture), size.width, size.height, own, torch_ms, whole_ms, first,
               own_mb);
}

int run(const std::string& file, const char* text) {
    at::set_num_threads(1);
    cv::Size size;
    if (std::sscanf(text, "%dx%d", &size.width, &size.height) != 2) {
        throw Error(fmt::format("{} is no size; give WIDTHxHEIGHT", text));
    }
    fmt::print(
        "| network | pictures | own ms | LibTorch ms | with distance ms | first time ms | MB |\n"
        "|---|---|---|---|---|---|---|\n");
    measure(file, size);
    return 0;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bench_lpips FILE WIDTHxHEIGHT\n", stderr);
        return 2;
    }
    try {
        return closet::run(argv[1], argv[2]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
