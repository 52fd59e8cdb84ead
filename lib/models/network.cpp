#include "models/network.h"

#include <algorithm>
#include <array>
#include <utility>

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "models/aten/network.h"
#include "models/graph/network_graph.h"
#include "models/nhwc/network.h"
#include "models/onnx/graph_builder.h"
#include "models/tflite/graph_builder.h"

namespace closet {

void Network::check_input(const at::Tensor& nchw_input, const std::string& name,
                          const std::vector<std::int64_t>& nhwc) {
    const std::array<std::int64_t, 3> expected{nhwc[3], nhwc[1], nhwc[2]};
    const bool fits = nchw_input.dim() == 4 && nchw_input.scalar_type() == at::kFloat &&
                      nchw_input.size(0) >= 1 && nchw_input.sizes().slice(1) == expected;
    if (!fits) {
        throw ModelError(fmt::format("{} was given {} of shape {} where it needs float32 Nx{}",
                                     name, c10::toString(nchw_input.scalar_type()),
                                     fmt::join(nchw_input.sizes().vec(), "x"),
                                     fmt::join(expected, "x")));
    }
}

std::vector<Network::Output> Network::describe_outputs(const NetworkGraph& graph) {
    std::vector<Network::Output> outputs;
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        outputs.push_back({graph.output_names[i], graph.shapes[graph.outputs[i]]});
    }
    return outputs;
}

std::vector<at::Tensor> Network::forward_on_demand(const at::Tensor& nchw_input,
                                                   const WantsLast&) const {
    return forward(nchw_input);
}

namespace {

std::shared_ptr<const Network> make_on_backend(NetworkGraph graph, const NetworkOptions& options) {
    if (options.device.is_cpu() && options.dtype != at::kHalf && nhwc_supports(graph)) {
        const NhwcKernels* const kernels =
            nhwc_kernels(options.dtype == at::kBFloat16 ? Element::kBfloat16 : Element::kFloat);
        if (kernels != nullptr) {  // null for bf16 where the processor has none
            put_last_output_last(graph);
            return std::make_shared<NhwcNetwork>(graph, *kernels);
        }
    }
    return std::make_shared<AtenNetwork>(std::move(graph), options);
}

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
    const std::string name = graph.name;
    try {
        return make_on_backend(std::move(graph), options);
    } catch (const c10::Error& error) {
        log::debug("{}", details_of(error));
        throw ModelError(fmt::format("{} cannot be loaded on {}: {}", name, options.device.str(),
                                     sentence_of(error)));
    }
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
