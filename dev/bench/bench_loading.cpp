// What loading a network costs (results/networks.md, "Loading"): reading the file, telling what it
// is, laying down its graph and packing its weights for the own kernels, or making tensors of them.
//   bench_loading FILE...     .pth, .safetensors, .tflite or .onnx
// Processor time of the process; the file is in the page cache.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "dev/bench/processor_time.h"
#include "dev/graph_of_file.h"
#include "models/functional/tensors.h"
#include "models/network.h"

namespace {

using namespace closet;

void load(const std::string& path) {
    if (!path.ends_with(".onnx") && !path.ends_with(".tflite")) {
        const auto checkpoint = read_checkpoint(path);
        const StateDict state(checkpoint->tensors());
        const auto network = recognize_network(state);
        if (network && !network->build) {
            const Tensors tensors(load_weights(*network, state, path, false), c10::kCPU);
            return;
        }
    }
    make_network(dev::graph_of_file(path), {});
}

}  // namespace

int main(int count, char** values) {
    constexpr int kRounds = 9;
    at::set_num_threads(1);
    for (int i = 1; i < count; ++i) {
        try {
            const std::filesystem::path path = values[i];
            fmt::print("{:5.1f} MB ", static_cast<double>(std::filesystem::file_size(path)) / 1e6);
            dev::tell_processor_time(path.filename().c_str(), kRounds, 1,
                                     [&](int) { load(path.string()); });
        } catch (const std::exception& error) {
            fmt::print("{}: {}\n", values[i], error.what());
        }
        std::fflush(stdout);
    }
    return 0;
}
