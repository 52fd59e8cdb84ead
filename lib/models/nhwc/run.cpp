#include <algorithm>
#include <cstring>
#include <limits>

#include "models/nhwc/chain.h"
#include "models/nhwc/plan.h"

namespace closet {

namespace {

/// Executes one step after the other; sizes of pictures come from the plan's shapes.
class Runner {
  public:
    Runner(const NhwcKernels& kernels, const ChainRunner::Memory& memory)
        : kernels_(kernels), memory_(memory) {}

    void run(const Step& step) {
        std::visit([&](const auto& op) { run(op, step); }, step.op);
    }

    /// A stored value as dense numbers, padding of channels dropped.
    void copy_dense(std::size_t value, float* to) const {
        const auto& extents = shape(value);
        const float* from = memory_.value(value);
        if (extents.size() != 4) {
            std::copy_n(from, elements(extents), to);
            return;
        }
        const std::ptrdiff_t pitch = pitch_of(value);
        for (std::int64_t pixel = 0; pixel < extents[1] * extents[2]; ++pixel) {
            to = std::copy_n(from + pixel * pitch, extents[3], to);
        }
    }

  private:
    const std::vector<std::int64_t>& shape(std::size_t value) const {
        return memory_.plan.shapes[value];
    }
    std::ptrdiff_t pitch_of(std::size_t value) const { return memory_.plan.places[value].pitch; }
    static std::int64_t elements(const std::vector<std::int64_t>& extents) {
        std::int64_t product = 1;
        for (const auto extent : extents) {
            product *= extent;
        }
        return product;
    }
    // Floats that a value takes in the arena, padding of channels included.
    std::size_t stored(std::size_t value) const {
        const auto& extents = shape(value);
        return static_cast<std::size_t>(
            extents.size() == 4 ? extents[1] * extents[2] * pitch_of(value) : elements(extents));
    }

    void run(const Chain& chain, const Step& step) {
        ChainRunner(chain, kernels_, memory_, memory_.value(step.inputs[0]))
            .run(memory_.target(step.output));
    }

    void run(const ResizeStep& resize, const Step& step) {
        const auto& in = shape(step.inputs[0]);
        const auto& out = shape(step.output);
        const std::ptrdiff_t pitch = pitch_of(step.output);
        const NhwcKernels& kernels = nhwc_kernels_for(kernels_, pitch);
        const float* const from = memory_.value(step.inputs[0]);
        for (std::int64_t row = 0; row < out[1]; ++row) {
            const auto y = static_cast<std::size_t>(row);
            const std::ptrdiff_t start = row * out[2] * pitch;
            kernels_.resize(
                {.top = from + resize.top[y] * in[2] * pitch,
                 .bottom = from + resize.bottom[y] * in[2] * pitch,
                 .weight = resize.row_weight[y],
                 .left = resize.left.data(),
                 .right = resize.right.data(),
                 .weights = resize.column_weight.data(),
                 .pixels = static_cast<int>(out[2]),
                 .vectors = static_cast<int>(pitch) / kernels.lanes,
                 .step = pitch,
                 .out = memory_.target(step.output) + start,
                 .addend = resize.addend ? memory_.value(*resize.addend) + start : nullptr});
        }
    }

    void run(const AddStep& sum, const Step& step) {
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        const bool clamps = sum.activation != Activation::kNone;
        nhwc_kernels_for(kernels_, pitch_of(step.output))
            .add(memory_.value(step.inputs[0]), memory_.value(step.inputs[1]),
                 memory_.target(step.output), stored(step.output), clamps ? 0 : -kInfinity,
                 sum.activation == Activation::kRelu6 ? 6 : kInfinity);
    }

    void run(const CopyStep&, const Step& step) {
        copy_dense(step.inputs[0], memory_.target(step.output));
    }

    void run(const ActivationNode& node, const Step& step) {
        float* const out = memory_.target(step.output);
        const std::size_t count = stored(step.output);
        std::copy_n(memory_.value(step.inputs[0]), count, out);
        for (std::size_t i = 0; i < count && node.activation == Activation::kRelu; ++i) {
            out[i] = std::max(out[i], 0.0F);
        }
        for (std::size_t i = 0; i < count && node.activation == Activation::kRelu6; ++i) {
            out[i] = std::clamp(out[i], 0.0F, 6.0F);
        }
        activate_nhwc(node.activation, out, count);
    }

    void run(const PadNode& pad, const Step& step) {
        const auto& in = shape(step.inputs[0]);
        const auto& out = shape(step.output);
        const float* const from = memory_.value(step.inputs[0]);
        float* const to = memory_.target(step.output);
        std::fill_n(to, stored(step.output), 0.0F);
        for (std::int64_t y = 0; y < in[1]; ++y) {
            for (std::int64_t x = 0; x < in[2]; ++x) {
                const std::int64_t target = (y + pad.before[1]) * out[2] + x + pad.before[2];
                std::copy_n(from + (y * in[2] + x) * pitch_of(step.inputs[0]), in[3],
                            to + target * pitch_of(step.output) + pad.before[3]);
            }
        }
    }

    void run(const PoolNode& pool, const Step& step) {
        const Window& window = pool.window;
        const auto& in = shape(step.inputs[0]);
        const auto& out = shape(step.output);
        const std::ptrdiff_t pitch = pitch_of(step.output);
        const auto floats = static_cast<std::size_t>(pitch);
        const NhwcKernels& kernels = nhwc_kernels_for(kernels_, pitch);
        for (std::int64_t y = 0; y < out[1]; ++y) {
            for (std::int64_t x = 0; x < out[2]; ++x) {
                const float* const from =
                    memory_.value(step.inputs[0]) +
                    (y * window.stride_h * in[2] + x * window.stride_w) * pitch;
                float* const to = memory_.target(step.output) + (y * out[2] + x) * pitch;
                std::copy_n(from, pitch, to);
                for (std::int64_t tap = 1; tap < window.kernel_h * window.kernel_w; ++tap) {
                    const std::int64_t dy = tap / window.kernel_w;
                    const std::int64_t dx = tap % window.kernel_w;
                    kernels.maximum(to, from + (dy * in[2] + dx) * pitch, to, floats);
                }
            }
        }
    }

    void run(const ConcatNode& node, const Step& step) {
        // Axes before the joined one count the pieces; the rest of each input is one run.
        const auto& out = shape(step.output);
        std::int64_t pieces = 1;
        for (std::size_t axis = 0; axis < node.axis; ++axis) {
            pieces *= out[axis];
        }
        float* to = memory_.target(step.output);
        for (std::int64_t piece = 0; piece < pieces; ++piece) {
            for (const auto input : step.inputs) {
                const std::int64_t run = elements(shape(input)) / pieces;
                to = std::copy_n(memory_.value(input) + piece * run, run, to);
            }
        }
    }

    void run(const DepthToSpaceNode& node, const Step& step) {
        const auto& in = shape(step.inputs[0]);
        const auto& out = shape(step.output);
        const float* const from = memory_.value(step.inputs[0]);
        float* const to = memory_.target(step.output);
        std::fill_n(to, stored(step.output), 0.0F);  // for the padding of the channels
        for (std::int64_t y = 0; y < out[1]; ++y) {
            for (std::int64_t x = 0; x < out[2]; ++x) {
                const std::int64_t source = y / node.block * in[2] + x / node.block;
                const std::int64_t cell = y % node.block * node.block + x % node.block;
                std::copy_n(from + source * pitch_of(step.inputs[0]) + cell * out[3], out[3],
                            to + (y * out[2] + x) * pitch_of(step.output));
            }
        }
    }

    const NhwcKernels& kernels_;
    ChainRunner::Memory memory_;
};

}  // namespace

void run_nhwc(const NhwcPlan& plan, const NhwcKernels& kernels, const float* input,
              std::span<float* const> outputs, float* arena, float* rings) {
    Runner runner(kernels, {plan, input, arena, rings});
    for (const Step& step : plan.steps) {
        runner.run(step);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        runner.copy_dense(plan.outputs[i], outputs[i]);
    }
}

}  // namespace closet
