#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace closet {

/// Note [Network graph]
/// What a backend executes: a network after everything that can be decided at load is decided. A
/// .tflite file becomes one, and so do the networks that this project describes itself
/// (models/networks). Weights are dense float32, explicit padding is part of the window,
/// activations and residual additions are part of the convolution before them, operators that no
/// wanted output needs are gone, and all shapes are known and checked. No LibTorch here.
///
/// Values are numbered; value 0 is the input. A value is written by exactly one node, and nodes
/// stand in an order in which inputs come before their use. Shapes have N = 1 first and are NHWC
/// where they have four axes: such a value is called a picture.

/// kSilu: x * sigmoid(x). kHardSigmoid: clamp(x / 6 + 1 / 2, 0, 1).
enum class Activation { kNone, kRelu, kRelu6, kHardSwish, kSigmoid, kSilu, kHardSigmoid };

/// A sliding window, rows before columns.
struct KernelWindow {
    std::int64_t kernel_h = 1, kernel_w = 1;
    std::int64_t stride_h = 1, stride_w = 1;
    std::int64_t dilation_h = 1, dilation_w = 1;
    std::int64_t pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;  ///< zeros

    /// The same along both axes, with `pad` zeros on each side.
    static KernelWindow square(std::int64_t kernel, std::int64_t stride, std::int64_t pad,
                               std::int64_t dilation) {
        return {.kernel_h = kernel,
                .kernel_w = kernel,
                .stride_h = stride,
                .stride_w = stride,
                .dilation_h = dilation,
                .dilation_w = dilation,
                .pad_top = pad,
                .pad_bottom = pad,
                .pad_left = pad,
                .pad_right = pad};
    }

    /// Rows and columns of its result, for so many of the picture that it slides over.
    std::int64_t result_rows(std::int64_t rows) const {
        return (rows + pad_top + pad_bottom - dilation_h * (kernel_h - 1) - 1) / stride_h + 1;
    }
    std::int64_t result_columns(std::int64_t columns) const {
        return (columns + pad_left + pad_right - dilation_w * (kernel_w - 1) - 1) / stride_w + 1;
    }

    /// Whether it pads both sides alike, which is all that LibTorch's convolutions can do.
    bool is_symmetric() const { return pad_top == pad_bottom && pad_left == pad_right; }

    friend bool operator==(const KernelWindow&, const KernelWindow&) = default;
};

/// y = activation(window(x) + bias + residual), or activation(window(x) + bias) + residual. Inputs:
/// x, then the residual if there is one.
struct ConvNode {
    KernelWindow window;
    bool depthwise = false;      ///< one filter a channel, as many out as in
    std::vector<float> weights;  ///< out x kh x kw x in; depthwise: kh x kw x channels
    std::vector<float> bias;     ///< one an output channel
    Activation activation = Activation::kNone;
    bool residual_last = false;  ///< the residual is added after the activation
};

/// Transposed convolution whose windows do not overlap: the kernel is as large as the stride, so
/// each input pixel becomes one block of output pixels. weights: out x kh x kw x in.
struct BlockUpsampleNode {
    std::int64_t block_h = 2, block_w = 2;
    std::vector<float> weights;
    std::vector<float> bias;
    Activation activation = Activation::kNone;
};

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kMaximum, kMinimum };

/// y = activation(a op b). Axes on which a or b is 1 long count for all of y's.
struct ArithmeticNode {
    Arithmetic operation = Arithmetic::kAdd;
    Activation activation = Activation::kNone;
};

struct ActivationNode {
    Activation activation = Activation::kNone;
};

enum class Function { kAbs, kSqrt, kExp, kLog, kTanh, kErf, kSquare, kReciprocal, kNegative };

/// y = f(x), number by number.
struct FunctionNode {
    Function function = Function::kAbs;
};

/// y = clamp(x, low, high).
struct ClampNode {
    float low = 0, high = 1;
};

/// y = x where x >= 0, else slope * x, with one slope a channel (the last axis).
struct PReluNode {
    std::vector<float> slope;
};

/// Numbers that the network holds, in the order of the output's shape. No inputs.
struct ConstantNode {
    std::vector<float> values;
};

/// Adds zeros around; `before` and `after` count along N (0), H, W, C.
struct PadNode {
    std::array<std::int64_t, 4> before{}, after{};
};

/// Where a resize takes its samples, in pixels of the input, for output pixel i of n, m inputs:
/// (i + 1/2) m / n - 1/2, edges held; i (m - 1) / (n - 1); or i m / n.
enum class ResizeGrid { kHalfPixel, kAlignCorners, kAsymmetric };

/// Bilinear. The size is that of the output value.
struct ResizeNode {
    ResizeGrid grid = ResizeGrid::kHalfPixel;
};

/// Nearest neighbor: each pixel becomes a block of `factor` x `factor` equal ones.
struct RepeatNode {
    std::int64_t factor = 2;
};

/// Padding never wins the maximum and does not count for the average.
struct PoolNode {
    KernelWindow window;
    bool maximum = true;
};

/// Mean over all pixels, to 1 x 1.
struct GlobalMeanNode {};

/// The same numbers in NHWC order under another shape.
struct ReshapeNode {};

/// Axis i of y is axis `axes[i]` of x; axis 0 stays.
struct TransposeNode {
    std::vector<std::size_t> axes;
};

/// Every `step`-th of the entries from `begin` on along an axis, never 0; how many, the output's
/// shape says.
struct SliceNode {
    std::size_t axis = 1;
    std::int64_t begin = 0, step = 1;
};

/// The matrix product over the last two axes, ... x M x K times ... x K x N; the axes before them
/// are a's, and b's are the same or 1.
struct MatMulNode {};

/// exp(x) over its sum along the last axis.
struct SoftmaxNode {};

enum class Reduction { kSum, kMean, kMaximum, kLength };  ///< kLength: root of the sum of squares

/// Over one axis, never 0, which becomes 1 long.
struct ReduceNode {
    Reduction reduction = Reduction::kMean;
    std::size_t axis = 1;
};

/// Along an axis of the NHWC (or lower rank) shape, never 0.
struct ConcatNode {
    std::size_t axis = 1;
};

/// Channel (row * block + column) * C + c of a pixel becomes channel c of pixel (row, column) of
/// its block.
struct DepthToSpaceNode {
    std::int64_t block = 2;
};

/// 1 x H x W x C becomes 1 x C x 1 x (H * W): each channel turns into a pixel that holds the
/// picture.
struct ChannelsToPixelsNode {};

/// Each pixel x, a vector of C channels: x / max(|x| / sqrt(C), 1e-5) * gain (ScaleNorm, as in
/// MMPose's RTMCC head).
struct ScaleNormNode {
    float gain = 1;
};

/// The core of a gated attention unit (GAU, as in MMPose's RTMCC head; Hua et al. 2022) over the N
/// pixels of x, 1 x N x 1 x (2 E + S): with (u, v, b) the pixel's channels in that order, q = b *
/// query_scale + query_shift, k the same with key_*, A = relu(q k^T / sqrt(S))^2, an N x N matrix,
/// y = u * (A v). y is 1 x N x 1 x E.
struct GatedAttentionNode {
    std::vector<float> query_scale, query_shift, key_scale, key_shift;  ///< S each
};

struct Node {
    std::variant<ConvNode, BlockUpsampleNode, ArithmeticNode, ActivationNode, PadNode, ResizeNode,
                 PoolNode, GlobalMeanNode, ReshapeNode, ConcatNode, DepthToSpaceNode, RepeatNode,
                 ChannelsToPixelsNode, ScaleNormNode, GatedAttentionNode, FunctionNode, ClampNode,
                 PReluNode, ConstantNode, TransposeNode, SliceNode, MatMulNode, SoftmaxNode,
                 ReduceNode>
        op;
    std::vector<std::size_t> inputs;
    std::size_t output = 0;
};

/// What a node is called in messages: "convolution", "resize".
std::string_view kind_of(const Node& node);

/// Numbers between which a value lies.
struct ValueRange {
    float low = 0, high = 0;        ///< equal: not known
    std::vector<float> channels{};  ///< the largest magnitude in each channel; empty: not known
    std::vector<float> means{};     ///< the mean of each channel; empty: not known

    bool is_known() const { return low < high; }
};

struct NetworkGraph {
    std::string name;                               ///< for messages: the file
    std::vector<std::vector<std::int64_t>> shapes;  ///< of each value
    std::vector<ValueRange> ranges;  ///< of each value on usual pictures; empty: not known
    std::vector<Node> nodes;
    std::vector<std::size_t> outputs;       ///< values
    std::vector<std::string> output_names;  ///< as in the file
};

/// Merges nodes: activations into the convolution before them, and additions into a convolution
/// that only they read. The order of additions stays that of the graph.
void fuse(NetworkGraph& graph);

/// Throws ModelError where more than `most` floats are alive at one time, so that any backend needs
/// at least that memory for one picture.
void require_memory(const NetworkGraph& graph, std::int64_t most);

/// Drops nodes whose value nobody needs.
void prune(NetworkGraph& graph);

/// For each value whether an output other than the last one needs it.
std::vector<bool> needed_without_last_output(const NetworkGraph& graph);

/// Moves the nodes that only the last output needs behind all others.
void put_last_output_last(NetworkGraph& graph);

/// For each node the values that nobody needs once it has run (never outputs, never the input).
std::vector<std::vector<std::size_t>> last_uses(const NetworkGraph& graph);

}  // namespace closet
