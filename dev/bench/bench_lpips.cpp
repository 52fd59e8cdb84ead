// What LPIPS costs: milliseconds a pair of pictures on one core, and the memory of the process.
//   bench_lpips FILE [WIDTHxHEIGHT ...]
// FILE holds backbone and heads. "own" is this project's kernels, "LibTorch" its operators (oneDNN)
// on the same graph; the distance is what is made of the activations.

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "dev/bench/median_us.h"
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
    const auto begin = std::chrono::steady_clock::now();
    lpips.distance(a, b);
    const std::chrono::duration<double, std::micro> first =
        std::chrono::steady_clock::now() - begin;
    const double own_mb = peak_mb() - before_mb;
    const double whole_us = dev::median_us(kRounds, [&](int) { lpips.distance(a, b); });

    Parameters parameters(state, Parameters::Purpose::kLoad);
    const LpipsNetwork built =
        build_lpips(*architecture, parameters, file, size.height, size.width);
    const at::Tensor input = at::rand({2, 3, size.height, size.width}) * 4 - 2;
    std::string own = "-";
    if (const NhwcKernels* const kernels = nhwc_kernels()) {
        const NhwcNetwork network(built.graph, *kernels);
        network.forward(input);
        own = fmt::format("{:.1f}",
                          dev::median_us(kRounds, [&](int) { network.forward(input); }) / 1e3);
    }
    const AtenNetwork network(built.graph, NetworkOptions{});
    network.forward(input);
    const double torch_us = dev::median_us(kRounds, [&](int) { network.forward(input); });
    fmt::print("| {} | {}x{} | {} | {:.1f} | {:.1f} | {:.1f} | {:.0f} |\n",
               to_string(*architecture), size.width, size.height, own, torch_us / 1e3,
               whole_us / 1e3, first.count() / 1e3, own_mb);
}

int run(const std::vector<std::string>& arguments) {
    at::set_num_threads(1);
    std::vector<std::string> sizes(arguments.begin() + 1, arguments.end());
    if (sizes.empty()) {
        sizes = {"256x256", "768x1024"};
    }
    fmt::print(
        "| network | pictures | own ms | LibTorch ms | with distance ms | first time ms | MB |\n"
        "|---|---|---|---|---|---|---|\n");
    for (const std::string& text : sizes) {
        cv::Size size;
        if (std::sscanf(text.c_str(), "%dx%d", &size.width, &size.height) != 2) {
            throw Error(text + " is no size; give WIDTHxHEIGHT");
        }
        measure(arguments.front(), size);
    }
    return 0;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: bench_lpips FILE [WIDTHxHEIGHT ...]\n", stderr);
        return 2;
    }
    try {
        return closet::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
