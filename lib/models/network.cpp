#include "models/network.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/graph/network_graph.h"
#include "models/nhwc/network.h"
#include "models/onnx/graph_builder.h"
#include "models/ranges/known_ranges.h"
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

/// Another network, whose input somebody sees.
class WatchedNetwork final : public Network {
  public:
    WatchedNetwork(NetworkGraph graph, std::shared_ptr<const Network> network,
                   std::shared_ptr<InputWatcher> watcher)
        : graph_(std::move(graph)), network_(std::move(network)), watcher_(std::move(watcher)) {}

    std::vector<NetworkOutput> compute(std::span<const float> nhwc_input, std::size_t count,
                                       const WantsLast& wants_last) const override {
        std::vector<NetworkOutput> outputs = network_->compute(nhwc_input, count, wants_last);
        const std::size_t size = nhwc_input.size() / count;
        for (std::size_t i = 0; i < count; ++i) {
            watcher_->see(graph_, nhwc_input.subspan(i * size, size));
        }
        return outputs;
    }
    cv::Size input_size() const override { return network_->input_size(); }
    const std::vector<Output>& outputs() const override { return network_->outputs(); }

  private:
    NetworkGraph graph_;
    std::shared_ptr<const Network> network_;
    std::shared_ptr<InputWatcher> watcher_;
};

std::shared_ptr<const Network> make_int8_network(NetworkGraph graph, Device device) {
    const NhwcKernels* const kernels = device.is_cpu() ? nhwc_kernels(Element::kUint8) : nullptr;
    if (kernels == nullptr || !nhwc_supports(graph)) {
        throw ModelError(fmt::format("{} cannot run in int8: {}", graph.name,
                                     kernels == nullptr
                                         ? "this device has no kernels for it"
                                         : fmt::format("there are no kernels for its {}",
                                                       fmt::join(nhwc_obstacles(graph), ", "))));
    }
    put_last_output_last(graph);
    graph.ranges = ranges_of(graph, known_ranges());
    if (std::none_of(graph.ranges.begin(), graph.ranges.end(),
                     [](const ValueRange& range) { return range.is_known(); })) {
        throw ModelError(fmt::format(
            "{} cannot run in int8: it is not known between which numbers its values lie; "
            "'closet models calibrate MODEL CLIP...' measures that, with clips like yours",
            graph.name));
    }
    return std::make_shared<NhwcNetwork>(graph, *kernels);
}

}  // namespace

std::shared_ptr<const Network> make_network(NetworkGraph graph, const NetworkOptions& options) {
    if (options.watcher != nullptr) {
        NetworkOptions unwatched = options;
        unwatched.watcher = nullptr;
        auto network = make_network(graph, unwatched);
        return std::make_shared<WatchedNetwork>(std::move(graph), std::move(network),
                                                options.watcher);
    }
    if (options.precision == Precision::kInt8) {
        return make_int8_network(std::move(graph), options.device);
    }
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
