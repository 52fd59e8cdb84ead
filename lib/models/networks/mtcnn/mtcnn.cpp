#include "models/networks/mtcnn/mtcnn.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

constexpr std::int64_t kCoordinates = 4;  // of a box
constexpr std::int64_t kClasses = 2;      // no face, face
constexpr std::int64_t kPoints = 5;

struct ConvPool {
    std::int64_t channels, kernel;
    std::int64_t pool;  ///< side of the maximum behind it, stride 2; 0: none
};

/// What tells the three apart. models/mtcnn.py (facenet-pytorch 2.6.0): convolutions without
/// padding, each followed by a PReLU, pools with ceil_mode.
struct StageSize {
    std::int64_t input;
    std::vector<ConvPool> body;
    const char* dense;    ///< name of the dense layer behind the body; null: there is none
    std::int64_t hidden;  ///< its outputs
    const char *face, *box, *points;  ///< names of the last layers; null: no points
};

const StageSize& size_of_stage(MtcnnStage stage) {
    static const std::array<StageSize, 3> sizes{
        StageSize{
            12, {{10, 3, 2}, {16, 3, 0}, {32, 3, 0}}, nullptr, 0, "conv4_1", "conv4_2", nullptr},
        StageSize{24,
                  {{28, 3, 3}, {48, 3, 3}, {64, 2, 0}},
                  "dense4",
                  128,
                  "dense5_1",
                  "dense5_2",
                  nullptr},
        StageSize{48,
                  {{32, 3, 3}, {64, 3, 3}, {64, 3, 2}, {128, 2, 0}},
                  "dense5",
                  256,
                  "dense6_1",
                  "dense6_2",
                  "dense6_3"}};
    return sizes[static_cast<std::size_t>(stage)];
}

KernelWindow square_window(std::int64_t kernel, std::int64_t stride = 1) {
    return {.kernel_h = kernel, .kernel_w = kernel, .stride_h = stride, .stride_w = stride};
}

/// Stride 2; a last window that is cut off at the edge counts.
Value ceil_pool(NetworkWriter& net, Value x, std::int64_t kernel) {
    PoolNode node{.window = square_window(kernel, 2)};
    const auto missing = [&](std::int64_t length) {
        const std::int64_t over = (length - kernel) % 2;
        return over == 0 ? 0 : 2 - over;
    };
    node.window.pad_bottom = missing(net.graph.shape(x)[1]);
    node.window.pad_right = missing(net.graph.shape(x)[2]);
    return net.graph.pool(node, x);
}

Value prelu(NetworkWriter& net, std::size_t index, Value x) {
    const std::string name = fmt::format("prelu{}", index);
    const Value y =
        net.graph.prelu(net.parameters.take(name + ".weight", {net.graph.channels(x)}), x);
    net.graph.label(name, y);
    return y;
}

/// A convolution over the whole of x that is torch.nn.Linear: its inputs are x's numbers, the
/// columns outermost, then the rows, then the channels (the axes 0, 3, 2, 1 of the reference).
Value dense(NetworkWriter& net, const std::string& name, Value x, std::int64_t outputs) {
    const GraphWriter::Shape shape = net.graph.shape(x);
    const std::int64_t rows = shape[1], columns = shape[2], channels = shape[3];
    const auto stored = net.parameters.take(name + ".weight", {outputs, rows * columns * channels});
    TorchConv numbers{.bias = net.parameters.take(name + ".bias", {outputs})};
    if (!net.parameters.surveys()) {
        numbers.weight.reserve(stored.size());
        for (std::int64_t o = 0; o < outputs; ++o) {
            for (std::int64_t c = 0; c < channels; ++c) {
                for (std::int64_t row = 0; row < rows; ++row) {
                    for (std::int64_t column = 0; column < columns; ++column) {
                        const std::int64_t from =
                            ((o * columns + column) * rows + row) * channels + c;
                        numbers.weight.push_back(stored[static_cast<std::size_t>(from)]);
                    }
                }
            }
        }
    }
    return torch_conv(net, numbers, x, outputs, {.kernel_h = rows, .kernel_w = columns});
}

Value conv(NetworkWriter& net, const std::string& name, Value x, std::int64_t channels,
           std::int64_t kernel) {
    TorchConv numbers{.weight = net.parameters.take(
                          name + ".weight", {channels, net.graph.channels(x), kernel, kernel})};
    numbers.bias = net.parameters.take(name + ".bias", {channels});
    return torch_conv(net, numbers, x, channels, square_window(kernel));
}

/// The checkpoint's tensors of one stage, where it holds all three.
std::vector<TensorEntry> tensors_under(const Checkpoint& checkpoint, std::string prefix) {
    prefix += '.';
    std::vector<TensorEntry> found;
    for (TensorEntry tensor : checkpoint.tensors()) {
        if (tensor.key.starts_with(prefix)) {
            tensor.key = tensor.key.substr(prefix.size());
            found.push_back(std::move(tensor));
        }
    }
    return found;
}

}  // namespace

std::string_view to_string(MtcnnStage stage) {
    constexpr std::array<std::string_view, 3> kNames{"pnet", "rnet", "onet"};
    return kNames[static_cast<std::size_t>(stage)];
}

std::int64_t input_side(MtcnnStage stage) {
    return size_of_stage(stage).input;
}

std::optional<MtcnnStage> recognize_mtcnn(const StateDict& state) {
    if (state.find("prelu1.weight") == nullptr) {
        return std::nullopt;
    }
    for (const MtcnnStage stage :
         {MtcnnStage::kProposal, MtcnnStage::kRefine, MtcnnStage::kOutput}) {
        const StageSize& size = size_of_stage(stage);
        if (state.find(std::string(size.face) + ".weight") != nullptr &&
            state.find(std::string(size.box) + ".weight") != nullptr) {
            return stage;
        }
    }
    return std::nullopt;
}

RecognizedNetwork describe(MtcnnStage stage) {
    const std::int64_t side = input_side(stage);
    return {.text = fmt::format("mtcnn {}{}", to_string(stage),
                                stage == MtcnnStage::kProposal ? std::string(", any size")
                                                               : fmt::format(" {}x{}", side, side)),
            .input_height = side,
            .input_width = side,
            .channels = "RGB",
            .counted = "points of a face",
            .count = stage == MtcnnStage::kOutput ? kPoints : 0,
            .build = [stage, side](Parameters& parameters, const std::string& name,
                                   std::span<const std::string> taps) {
                return build_mtcnn(stage, parameters, name, side, side, taps);
            }};
}

NetworkGraph build_mtcnn(MtcnnStage stage, Parameters& parameters, const std::string& name,
                         std::int64_t height, std::int64_t width,
                         std::span<const std::string> taps) {
    const StageSize& size = size_of_stage(stage);
    if (height < size.input || width < size.input) {
        throw ModelError(fmt::format("{} takes pictures from {}x{} on, not {}x{}", name, size.input,
                                     size.input, width, height));
    }
    GraphWriter graph(name, height, width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    Value x = graph.input();
    std::size_t index = 1;
    for (const ConvPool& layer : size.body) {
        x = conv(net, fmt::format("conv{}", index), x, layer.channels, layer.kernel);
        x = prelu(net, index, x);
        if (layer.pool > 0) {
            x = ceil_pool(net, x, layer.pool);
        }
        ++index;
    }
    if (size.dense != nullptr) {
        x = prelu(net, index, dense(net, size.dense, x, size.hidden));
    }
    const auto last = [&](const char* layer, std::int64_t outputs) {
        return size.dense != nullptr ? dense(net, layer, x, outputs)
                                     : conv(net, layer, x, outputs, 1);
    };
    graph.label("box", last(size.box, kCoordinates));
    graph.label("face", last(size.face, kClasses));
    std::vector<std::string> outputs{"box", "face"};
    if (size.points != nullptr) {
        graph.label("points", last(size.points, 2 * kPoints));
        outputs.emplace_back("points");
    }
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

NetworkGraph load_mtcnn(MtcnnStage stage, const Checkpoint& checkpoint, std::int64_t height,
                        std::int64_t width, std::span<const std::string> taps) {
    const std::string name = checkpoint.path().string();
    const std::vector<TensorEntry> own = tensors_under(checkpoint, std::string(to_string(stage)));
    const StateDict state(own.empty() ? checkpoint.tensors() : std::span(own));
    if (recognize_mtcnn(state) != stage) {
        throw ModelError(
            fmt::format("{} does not hold MTCNN's {} (closet models inspect tells what "
                        "it holds)",
                        name, to_string(stage)));
    }
    RecognizedNetwork network = describe(stage);
    network.build = [&](Parameters& parameters, const std::string& file,
                        std::span<const std::string> asked) {
        return build_mtcnn(stage, parameters, file, height, width, asked);
    };
    return load_network(network, state, name, /*allow_partial=*/false, taps).graph;
}

}  // namespace closet
