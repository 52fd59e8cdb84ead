/// Times one network for scripts/bench-engines. Not a test.
///   bench_network FILE own|aten fp32|bf16|int8 CALLS
/// FILE: see graph_of_file. int8 with the ranges that noise has.
///   bench_network --cpu                           tells the path of the processor
/// Prints "ready", then for each line "BATCH REPEAT" on stdin the seconds that CALLS concurrent
/// threads take for REPEAT calls of BATCH pictures each.

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/cpu.h"
#include "core/error.h"
#include "dev/graph_of_file.h"
#include "dev/program.h"
#include "models/aten/network.h"
#include "models/nhwc/plan.h"
#include "models/nhwc/range_meter.h"

namespace closet {
namespace {

std::shared_ptr<const Network> load(const std::string& path, const std::string& backend,
                                    const NetworkOptions& options) {
    NetworkGraph graph = dev::graph_of_file(path);
    if (backend == "aten") {
        return std::make_shared<AtenNetwork>(std::move(graph), options);
    }
    if (!nhwc_supports(graph)) {
        throw ConfigError(path + " is not served by the own kernels");
    }
    if (options.precision == Precision::kInt8) {
        const std::vector<std::int64_t>& shape = graph.shapes[0];
        std::vector<float> noise(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        std::generate(noise.begin(), noise.end(), [&] { return normal(random); });
        RangeMeter meter(graph);
        meter.see(noise);
        graph.ranges = meter.ranges();
    }
    return make_network(std::move(graph), options);
}

/// On own kernels as the program calls them: channels last, without tensors.
double time_calls(const Network& network, int calls, const at::Tensor& input, int repeat) {
    const bool aten = dynamic_cast<const AtenNetwork*>(&network) != nullptr;
    const std::span<const float> numbers(input.const_data_ptr<float>(),
                                         static_cast<std::size_t>(input.numel()));
    // All threads are there before the clock starts.
    std::barrier start(calls + 1);
    std::vector<std::jthread> threads;
    for (int call = 0; call < calls; ++call) {
        threads.emplace_back([&] {
            at::set_num_threads(1);
            start.arrive_and_wait();
            for (int i = 0; i < repeat; ++i) {
                aten ? void(network.forward(input))
                     : void(network.compute(numbers, static_cast<std::size_t>(input.size(0))));
            }
        });
    }
    start.arrive_and_wait();
    const auto begin = std::chrono::steady_clock::now();
    threads.clear();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int run(const std::vector<std::string>& arguments) {
    if (arguments == std::vector<std::string>{"--cpu"}) {
        std::puts(std::string(name_of(cpu_path())).c_str());
        return EXIT_SUCCESS;
    }
    if (arguments.size() != 4) {
        throw ConfigError("bench_network takes a file, own or aten, a precision and a number");
    }
    NetworkOptions options;
    limit_libraries_to_cpu_path();
    options.precision = arguments[2] == "bf16"   ? Precision::kBf16
                        : arguments[2] == "int8" ? Precision::kInt8
                                                 : Precision::kFp32;
    const auto network = load(arguments[0], arguments[1], options);
    const int calls = std::stoi(arguments[3]);
    std::puts("ready");
    std::fflush(stdout);
    long long batch = 0;
    int repeat = 0;
    at::Tensor input = at::empty({0});
    while (std::scanf("%lld %d", &batch, &repeat) == 2) {
        if (input.size(0) != batch) {
            const cv::Size size = network->input_size();
            input = at::randn({batch, 3, size.height, size.width});
        }
        std::printf("%.6f\n", time_calls(*network, calls, input, repeat));
        std::fflush(stdout);
    }
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    return closet::dev::program(
        argc, argv, 1, "bench_network FILE own|aten fp32|bf16|int8 CALLS, or bench_network --cpu",
        closet::run);
}
