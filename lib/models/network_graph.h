#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "models/tflite_file.h"

namespace closet {

/// Note [Network graph]
/// What a backend executes: a .tflite file after everything that can be decided at load is decided.
/// Weights are dense float32, explicit padding is part of the window, activations and residual
/// additions are part of the convolution before them, operators that no wanted output needs are
/// gone, and all shapes are known and checked. No LibTorch here.
///
/// Values are numbered; value 0 is the input. A value is written by exactly one node, and nodes
/// stand in an order in which inputs come before their use. Shapes have N = 1 first and are NHWC
/// where they have four axes.

enum class Activation { kNone, kRelu, kRelu6, kHardSwish, kSigmoid };

/// A sliding window, rows before columns.
struct Window {
    std::int64_t kernel_h = 1, kernel_w = 1;
    std::int64_t stride_h = 1, stride_w = 1;
    std::int64_t dilation_h = 1, dilation_w = 1;
    std::int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;  ///< zeros

    friend bool operator==(const Window&, const Window&) = default;
};

/// y = activation(window(x) + bias + residual). Inputs: x, then the residual if there is one.
struct ConvNode {
    Window window;
    bool depthwise = false;      ///< one filter a channel, as many out as in
    std::vector<float> weights;  ///< out x kh x kw x in; depthwise: kh x kw x channels
    std::vector<float> bias;     ///< one an output channel
    Activation activation = Activation::kNone;
};

/// Transposed convolution whose windows do not overlap: the kernel is as large as the stride, so
/// each input pixel becomes one block of output pixels. weights: out x kh x kw x in.
struct BlockUpsampleNode {
    std::int64_t block_h = 2, block_w = 2;
    std::vector<float> weights;
    std::vector<float> bias;
    Activation activation = Activation::kNone;
};

enum class Arithmetic { kAdd, kSubtract, kMultiply };

/// y = activation(a op b). b has a's shape, or 1 x 1 pixels that count for every pixel of a.
struct ArithmeticNode {
    Arithmetic operation = Arithmetic::kAdd;
    Activation activation = Activation::kNone;
};

struct ActivationNode {
    Activation activation = Activation::kNone;
};

/// Adds zeros around; `before` and `after` count along N (0), H, W, C.
struct PadNode {
    std::array<std::int64_t, 4> before{}, after{};
};

/// Bilinear, pixel centres at half integers (half_pixel_centers), edges held. The size is that of
/// the output value.
struct ResizeNode {};

/// Padding never wins the maximum and does not count for the average.
struct PoolNode {
    Window window;
    bool maximum = true;
};

/// Mean over all pixels, to 1 x 1.
struct GlobalMeanNode {};

/// The same numbers in NHWC order under another shape.
struct ReshapeNode {};

/// Along an axis of the NHWC (or lower rank) shape, never 0.
struct ConcatNode {
    std::size_t axis = 1;
};

/// Channel (row * block + column) * C + c of a pixel becomes channel c of pixel (row, column) of
/// its block.
struct DepthToSpaceNode {
    std::int64_t block = 2;
};

struct Node {
    std::variant<ConvNode, BlockUpsampleNode, ArithmeticNode, ActivationNode, PadNode, ResizeNode,
                 PoolNode, GlobalMeanNode, ReshapeNode, ConcatNode, DepthToSpaceNode>
        op;
    std::vector<std::size_t> inputs;
    std::size_t output = 0;
};

struct NetworkGraph {
    std::string name;                               ///< for messages: the file
    std::vector<std::vector<std::int64_t>> shapes;  ///< of each value
    std::vector<Node> nodes;
    std::vector<std::size_t> outputs;       ///< values
    std::vector<std::string> output_names;  ///< as in the file
};

/// Translates a file. `outputs`: positions in the file's list of outputs, empty = all. Throws
/// ModelError where an operator is not supported or does not fit its tensors.
NetworkGraph build_graph(const TfliteFile& file, const std::vector<std::size_t>& outputs);

/// Merges nodes: activations into the convolution before them, and additions into a convolution
/// that only they read. The order of additions stays that of the graph.
void fuse(NetworkGraph& graph);

/// Drops nodes whose value nobody needs.
void prune(NetworkGraph& graph);

/// For each node the values that nobody needs once it has run (never outputs, never the input).
std::vector<std::vector<std::size_t>> last_uses(const NetworkGraph& graph);

}  // namespace closet
