#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/quantize.h"
#include "models/nhwc/weights.h"
#include "models/nhwc/winograd.h"

namespace closet {

/// Note [NHWC plan]
/// How the own kernels run one picture through a graph. Each value has a place in one arena, shared
/// by values that are never alive together. Pictures lie there pixel by pixel with the channels
/// padded to whole vectors; values of other rank lie dense, as one pixel.
///
/// Borders. A picture that a convolution with padding reads has a gap of zeros before each row and
/// behind the last one, so that no kernel asks where a row ends: the gap behind a row is the one
/// before the next. It is cleared when the picture's first writer runs. Rows above and below the
/// picture are not stored; the kernels skip them.
///
/// Joined channels. Where the channels of a concatenation's inputs are whole vectors, the inputs
/// lie inside its result from the start: their producers write to it, with its distance from pixel
/// to pixel, and nothing is copied.
///
/// Chains. Convolutions that feed each other run row by row where that pays: only the rows that the
/// next convolution's kernel still sees are kept, in a small ring, so that the wide middle of an
/// inverted bottleneck (1x1 up, depthwise, 1x1 down) or a picture of full size never leaves the
/// cache. A ring has zeros to the left and right of each row where its reader pads. The network's
/// input, whose pixels are no whole vectors, is read through a ring too.
///
/// Dense 3x3 and 7x7 convolutions of many channels run by themselves, see Note [Winograd].
///
/// Weights. A lone convolution gives its kernel as many rows as the second-level cache holds of its
/// input, for deep layers all of them, and the kernel reads each block of weights once for these.
///
/// Number formats. With kernels for bf16 the pictures are bf16 and sums float32. The outputs, and
/// what is computed on few numbers (attention, what ScaleNorm touches, everything that is not a
/// picture), stay float32: see value_layout.h. For uint8 see Note [Eight bits].

/// The highest kernel that is served.
inline constexpr std::int64_t kMaxKernelRows = 16;
/// Pointers to input rows of one task: those of any 16 rows, or of many where kernels are low.
inline constexpr std::int64_t kTaskPointers = kMaxKernelRows * 16;

/// Output rows of a lone convolution's task, whose step in the input is `row_bytes`: its input
/// stays in the second-level cache (of 512 KB and more) beside the weights that pass. Where many
/// `weight_bytes` come from farther away, more rows share them.
constexpr std::int64_t rows_of_task(const KernelWindow& window, std::int64_t row_bytes,
                                    std::int64_t weight_bytes) {
    constexpr std::int64_t kMegabyte = std::int64_t{1} << 20;
    const std::int64_t task_bytes = weight_bytes > 4 * kMegabyte ? kMegabyte : kMegabyte / 4;
    return std::clamp<std::int64_t>(task_bytes / row_bytes, 1, kTaskPointers / window.kernel_h);
}

/// A value, and where it lies. Distances count elements.
struct Value {
    std::vector<std::int64_t> shape;
    std::int64_t height = 1, width = 1, channels = 1;  ///< one pixel if it is no picture
    Element element = Element::kFloat;
    Quantization quantization;  ///< of uint8 numbers
    std::vector<float> means;   ///< of uint8 numbers' channels, where they are known
    std::ptrdiff_t span = 0;    ///< that a producer writes in a pixel: channels and their padding
    std::ptrdiff_t pixel = 0, row = 0;  ///< from one to the next
    std::int64_t gap = 0;               ///< pixels of zeros between rows

    std::size_t root = 0;            ///< the value in whose memory it lies, often itself
    std::ptrdiff_t root_offset = 0;  ///< there
    std::size_t offset = 0;          ///< of its first number: bytes from the start of the arena
};

struct ConvStage {
    KernelWindow window;
    enum class Kind {
        kDense,
        kDepthwise,
        kDot,
        kWinograd
    } kind = Kind::kDense;  ///< which kernel runs it
    Activation activation = Activation::kNone;
    bool residual_last = false;
    std::size_t input = 0, output = 0;    ///< values, stored or not
    std::optional<std::size_t> residual;  ///< value
    Element in_element = Element::kFloat;
    const NhwcKernels* kernels = nullptr;
    int vectors = 0, widest = 0;  ///< as `ConvTask` wants them
    bool flat = false;            ///< takes the picture as one long row
    AlignedBytes weights, bias;
    std::optional<Winograd> winograd;  ///< in place of weights and bias
    float low = 0, high = 0;           ///< as `Finish` wants them
    AlignedBytes scales, corrections, residual_scales;
    Requantize requantize{};  ///< where it reads uint8

    bool ring = false;                            ///< reads a ring, else `input` directly
    std::size_t ring_offset = 0;                  ///< bytes from the start of the rings' memory
    std::ptrdiff_t ring_pixel = 0, ring_row = 0;  ///< elements, zeros at the borders included
};

/// Rows of the input from a window's first to its last one.
constexpr std::int64_t rows_seen(const KernelWindow& window) {
    return (window.kernel_h - 1) * window.dilation_h + 1;
}

struct Chain {
    std::vector<ConvStage> stages;
};
struct ResizeStep {
    std::vector<std::int32_t> left, right;  ///< of each output column: input columns
    std::vector<float> column_weight;
    std::vector<std::int64_t> top, bottom;  ///< of each output row: input rows
    std::vector<float> row_weight;
    std::optional<std::size_t> addend;  ///< value
};
struct AddStep {
    Activation activation = Activation::kNone;
};
struct ScaleStep {};     ///< every pixel times one pixel
struct CopyStep {};      ///< reshape: the same numbers, padding dropped
struct QuantizeStep {};  ///< float32 becomes uint8
/// Channels that could not be written in place: each input goes to a channel of the output.
struct JoinStep {
    std::vector<std::ptrdiff_t> channel;  ///< of each input
};

/// See plain.h.
struct PlainStep {
    std::variant<FunctionNode, ClampNode, PReluNode, ArithmeticNode, ConstantNode, ReshapeNode,
                 TransposeNode, SliceNode, ConcatNode, MatMulNode, SoftmaxNode, ReduceNode,
                 PoolNode>
        op;
};

struct Step {
    std::variant<Chain, ResizeStep, AddStep, ScaleStep, CopyStep, QuantizeStep, JoinStep,
                 ActivationNode, PadNode, PoolNode, ConcatNode, DepthToSpaceNode, RepeatNode,
                 GlobalMeanNode, ChannelsToPixelsNode, ScaleNormNode, GatedAttentionNode, PlainStep>
        op;
    std::vector<std::size_t> inputs;  ///< values, residuals and addends included
    std::size_t output = 0;
    std::vector<std::size_t> clears = {};  ///< values whose gaps are set to zero before it
};

struct NhwcPlan {
    std::vector<Value> values;
    std::vector<Step> steps;
    std::vector<std::size_t> outputs;  ///< values
    std::size_t first_for_last = 0;    ///< steps from here on serve the last output only
    std::size_t arena_bytes = 0;
    std::size_t scratch_bytes = 0;  ///< rings, sums: used within a step
};

/// Whether the kernels can run all of a graph.
bool nhwc_supports(const NetworkGraph& graph);

/// What keeps them from it: the kinds of the nodes that they do not serve, each once.
std::vector<std::string_view> nhwc_obstacles(const NetworkGraph& graph);

/// For a graph that they serve, and whose ranges are known where `kernels` are for uint8.
NhwcPlan make_nhwc_plan(const NetworkGraph& graph, const NhwcKernels& kernels);

/// Runs one picture. `input`: dense NHWC. `outputs`: one a graph output, dense, written whole; the
/// last one only where `wants_last`, called when the others are there, is empty or says so. `arena`
/// and `scratch` have the plan's sizes, start on cache lines and need no initial values.
void run_nhwc(const NhwcPlan& plan, const NhwcKernels& kernels, const float* input,
              std::span<float* const> outputs, std::byte* arena, std::byte* scratch,
              const std::function<bool()>& wants_last = {});

}  // namespace closet
