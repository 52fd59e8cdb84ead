#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/weights.h"

namespace closet {

/// Note [NHWC plan]
/// How the own kernels run one picture through a graph. Each value has a place in one arena, shared
/// by values that are never alive together. Pictures lie there pixel by pixel with the channels
/// padded to whole vectors (`pitch` floats); values of other rank lie dense.
///
/// Convolutions that feed each other run as a chain, row by row: only the rows that the next
/// convolution's kernel still sees are kept, in a small ring, so that the wide middle of an
/// inverted bottleneck (1x1 up, depthwise, 1x1 down) never leaves the cache. A ring has zeros to
/// the left and right of each row where its reader pads.

/// The highest kernel that is served.
inline constexpr std::int64_t kMaxKernelRows = 16;

struct ConvStage {
    Window window;
    enum class Kind { kDense, kDepthwise, kDot } kind = Kind::kDense;  ///< which kernel runs it
    Activation activation = Activation::kNone;
    std::int64_t in_h = 0, in_w = 0, out_h = 0, out_w = 0;
    std::int64_t channels = 0;  ///< of the input
    std::ptrdiff_t in_pitch = 0, out_pitch = 0;
    std::optional<std::size_t> residual;  ///< value
    AlignedFloats weights, bias;          ///< as `ConvStrip` wants them

    bool ring = false;            ///< reads a ring, else the chain's source directly
    std::size_t ring_offset = 0;  ///< floats from the start of the rings' memory
    std::size_t ring_row = 0;     ///< floats in a row, zeros included
};

struct Chain {
    std::vector<ConvStage> stages;  ///< the first reads the step's input
};
struct ResizeStep {
    std::vector<std::int32_t> left, right;  ///< of each output column: floats from the row's start
    std::vector<float> column_weight;
    std::vector<std::int64_t> top, bottom;  ///< of each output row: input rows
    std::vector<float> row_weight;
    std::optional<std::size_t> addend;  ///< value
};
struct AddStep {
    Activation activation = Activation::kNone;
};
struct CopyStep {};  ///< reshape: the same numbers, padding dropped

struct Step {
    std::variant<Chain, ResizeStep, AddStep, CopyStep, ActivationNode, PadNode, PoolNode,
                 ConcatNode, DepthToSpaceNode>
        op;
    std::vector<std::size_t> inputs;  ///< values, residuals and addends included
    std::size_t output = 0;
};

struct Place {
    std::size_t offset = 0;    ///< floats from the start of the arena
    std::size_t floats = 0;    ///< 0: the value is never stored (the input, or inside a chain)
    std::ptrdiff_t pitch = 0;  ///< floats a pixel; for other ranks 1
};

struct NhwcPlan {
    std::vector<std::vector<std::int64_t>> shapes;  ///< of each value
    std::vector<Place> places;                      ///< of each value
    std::vector<Step> steps;
    std::vector<std::size_t> outputs;  ///< values
    std::size_t arena_floats = 0;
    std::size_t ring_floats = 0;
};

/// Whether the kernels can run all of a graph.
bool nhwc_serves(const NetworkGraph& graph);

/// For a graph that they serve.
NhwcPlan make_nhwc_plan(const NetworkGraph& graph, const NhwcKernels& kernels);

/// Runs one picture. `input`: dense NHWC. `outputs`: one a graph output, dense, written whole.
/// `arena` and `rings` have the plan's sizes, start on cache lines and need no initial values.
void run_nhwc(const NhwcPlan& plan, const NhwcKernels& kernels, const float* input,
              std::span<float* const> outputs, float* arena, float* rings);

}  // namespace closet
