#include "models/network.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/graph/network_graph.h"
#include "models/nhwc/network.h"
#include "models/onnx/graph_builder.h"
#include "models/tflite/graph_builder.h"

namespace closet {

void Network::check_input(std::span<const float> numbers, std::size_t count,
                          const std::string& name, const std::vector<std::int64_t>& nhwc) {
    std::size_t wanted = count;
    for (std::size_t axis = 1; axis < nhwc.size(); ++axis) {
        wanted *= static_cast<std::size_t>(nhwc[axis]);
    }
    if (count == 0 || numbers.size() != wanted) {
        throw ModelError(
            fmt::format("{} was given {} numbers for {} pictures where it needs "
                        "float32 Nx{}x{}x{}",
                        name, numbers.size(), count, nhwc[3], nhwc[1], nhwc[2]));
    }
}

std::vector<Network::Output> Network::describe_outputs(const NetworkGraph& graph) {
    std::vector<Network::Output> outputs;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        outputs.push_back({graph.output_names[i], graph.shapes[graph.outputs[i]]});
    }
    return outputs;
}

namespace {

std::vector<std::size_t> wanted_outputs(const OnnxFile& file, const NetworkOptions& options) {
    std::vector<std::size_t> wanted = options.outputs;
    for (const std::string& name : options.output_names) {
        const auto found =
            std::find_if(file.outputs.begin(), file.outputs.end(),
                         [&](const OnnxValue& output) { return output.name == name; });
        if (found == file.outputs.end()) {
            throw ModelError(fmt::format("{} has no output named {}", file.name, name));
        }
        wanted.push_back(static_cast<std::size_t>(found - file.outputs.begin()));
    }
    return wanted;
}

}  // namespace

std::shared_ptr<const Network> make_network(NetworkGraph graph, const NetworkOptions& options) {
    if (options.device.is_cpu() && options.precision != Precision::kFp16 && nhwc_supports(graph)) {
        const NhwcKernels* const kernels = nhwc_kernels(
            options.precision == Precision::kBf16 ? Element::kBfloat16 : Element::kFloat);
        if (kernels != nullptr) {  // null for bf16 where the processor has none
            put_last_output_last(graph);
            return std::make_shared<NhwcNetwork>(graph, *kernels);
        }
    }
    return make_aten_network(std::move(graph), options);
}

std::shared_ptr<const Network> load_tflite(const std::filesystem::path& path,
                                           const NetworkOptions& options) {
    return make_network(build_graph(read_tflite(path), options.outputs), options);
}

std::shared_ptr<const Network> load_onnx(const std::filesystem::path& path,
                                         const NetworkOptions& options) {
    const OnnxFile file = read_onnx(path);
    return make_network(build_graph(file, wanted_outputs(file, options), options.input_shape),
                        options);
}

}  // namespace closet
