/// Runs a network on numbers from a file, to compare with another engine. Not a test.
///   run_network FILE own|aten INPUT FOLDER
/// FILE: see graph_of_file. INPUT: float32, N x 3 x H x W. Writes each output to FOLDER/NUMBER.f32,
/// and prints its name and shape.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dev/graph_of_file.h"
#include "models/aten/network.h"
#include "models/nhwc/plan.h"

namespace closet {
namespace {

void run(const std::vector<std::string>& arguments) {
    if (arguments.size() != 4) {
        throw ConfigError("usage: run_network FILE own|aten INPUT FOLDER");
    }
    NetworkGraph graph = dev::graph_of_file(arguments[0]);
    if (arguments[1] == "own" && !nhwc_supports(graph)) {
        throw ConfigError(arguments[0] + " is not served by the own kernels");
    }
    const std::shared_ptr<const Network> network =
        arguments[1] == "own" ? make_network(std::move(graph))
                              : std::make_shared<AtenNetwork>(std::move(graph), NetworkOptions{});
    std::ifstream file(arguments[2], std::ios::binary);
    std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    const cv::Size size = network->input_size();
    const auto count = static_cast<std::int64_t>(bytes.size() / sizeof(float));
    const at::Tensor input =
        at::from_blob(bytes.data(), {count}, at::kFloat).reshape({-1, 3, size.height, size.width});
    const auto results = network->forward(input);
    for (std::size_t i = 0; i < results.size(); ++i) {
        fmt::print("{} {} {}\n", i, network->outputs()[i].name,
                   fmt::join(results[i].sizes().vec(), "x"));
        std::ofstream out(fmt::format("{}/{}.f32", arguments[3], i), std::ios::binary);
        out.write(static_cast<const char*>(results[i].const_data_ptr()),
                  static_cast<std::streamsize>(results[i].nbytes()));
    }
}

}  // namespace
}  // namespace closet

int main(int argc, char** argv) {
    try {
        closet::run({argv + 1, argv + argc});
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
