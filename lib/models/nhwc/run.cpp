#include <algorithm>
#include <cstring>

#include "core/half.h"
#include "models/nhwc/activate.h"
#include "models/nhwc/chain.h"
#include "models/nhwc/head.h"
#include "models/nhwc/plain.h"
#include "models/nhwc/plan.h"
#include "models/nhwc/run.h"
#include "models/nhwc/weights.h"

namespace closet {

namespace {

/// Executes one step after the other.
class Runner {
  public:
    Runner(const NhwcKernels& kernels, const Memory& memory) : kernels_(kernels), memory_(memory) {}

    void run(const Step& step) {
        for (const auto id : step.clears) {
            clear_gaps(id);
        }
        std::visit([&](const auto& op) { run(op, step); }, step.op);
    }

    /// A stored value as dense floats, padding of channels dropped.
    void copy_dense(std::size_t id, float* to) const {
        const Value& from = memory_.value(id);
        each_pixel(from, [&](std::int64_t y, std::int64_t x) {
            if (from.element == Element::kFloat) {
                to = std::copy_n(memory_.floats(id, y, x), from.channels, to);
                return;
            }
            const auto* half = reinterpret_cast<const std::uint16_t*>(memory_.read(id, y, x));
            to = std::transform(half, half + from.channels, to, float_from_bfloat16);
        });
    }

  private:
    const NhwcKernels& kernels_of(const Value& value) const {
        return nhwc_kernels_for(kernels_, value.span, value.element);
    }
    int vectors_of(const Value& value) const {
        return static_cast<int>(value.span) / kernels_of(value).lanes;
    }

    void clear_gaps(std::size_t id) const {
        const Value& value = memory_.value(id);
        const std::size_t bytes =
            static_cast<std::size_t>(value.gap * value.pixel) * element_bytes(value.element);
        for (std::int64_t y = 0; y <= value.height; ++y) {
            std::fill_n(memory_.write(id, y, -value.gap), bytes, zero_byte(value, value.element));
        }
    }

    // Channels of one pixel, from element to the same element; zeros up to the output's span.
    void copy_pixel(const std::byte* from, std::int64_t channels, std::byte* to, const Value& out,
                    std::int64_t first = 0) const {
        const std::size_t bytes = element_bytes(out.element);
        std::memcpy(to + static_cast<std::size_t>(first) * bytes, from,
                    static_cast<std::size_t>(channels) * bytes);
        if (first + channels == out.channels) {
            std::fill_n(to + static_cast<std::size_t>(out.channels) * bytes,
                        static_cast<std::size_t>(out.span - out.channels) * bytes, std::byte{});
        }
    }

    void run(const Chain& chain, const Step&) { ChainRunner(chain, memory_).run(); }

    void run(const ResizeStep& resize, const Step& step) {
        const std::size_t from = step.inputs[0];
        const Value& in = memory_.value(from);
        const Value& out = memory_.value(step.output);
        for (std::int64_t row = 0; row < out.height; ++row) {
            const auto y = static_cast<std::size_t>(row);
            kernels_of(out).resize(
                {.top = memory_.read(from, resize.top[y]),
                 .bottom = memory_.read(from, resize.bottom[y]),
                 .weight = resize.row_weight[y],
                 .left = resize.left.data(),
                 .right = resize.right.data(),
                 .weights = resize.column_weight.data(),
                 .pixels = static_cast<int>(out.width),
                 .vectors = vectors_of(out),
                 .in_step = in.pixel,
                 .out_step = out.pixel,
                 .addend_step = resize.addend ? memory_.value(*resize.addend).pixel : 0,
                 .out = memory_.write(step.output, row),
                 .addend = resize.addend ? memory_.read(*resize.addend, row) : nullptr});
        }
    }

    RowTask row_task(const Step& step, std::int64_t row) const {
        const Value& out = memory_.value(step.output);
        const Value& a = memory_.value(step.inputs[0]);
        const Value& b = memory_.value(step.inputs[1]);
        const bool one = b.height * b.width == 1;
        return {.a = memory_.read(step.inputs[0], row),
                .b = memory_.read(step.inputs[1], one ? 0 : row),
                .out = memory_.write(step.output, row),
                .pixels = static_cast<int>(out.width),
                .vectors = vectors_of(out),
                .a_step = a.pixel,
                .b_step = one ? 0 : b.pixel,
                .out_step = out.pixel};
    }

    void run(const AddStep& sum, const Step& step) {
        const Value& out = memory_.value(step.output);
        const Range range = range_of(sum.activation);
        for (std::int64_t row = 0; row < out.height; ++row) {
            kernels_of(out).add(row_task(step, row), range.low, range.high);
        }
    }

    void run(const ScaleStep&, const Step& step) {
        const Value& out = memory_.value(step.output);
        for (std::int64_t row = 0; row < out.height; ++row) {
            kernels_of(out).scale(row_task(step, row));
        }
    }

    void run(const CopyStep&, const Step& step) {
        copy_dense(step.inputs[0], memory_.floats_to_write(step.output));
    }

    void run(const QuantizeStep&, const Step& step) {
        const Value& in = memory_.value(step.inputs[0]);
        const Value& out = memory_.value(step.output);
        for (std::int64_t row = 0; row < out.height; ++row) {
            ImportTask task = import_task(memory_.floats(step.inputs[0], row), in, out.quantization,
                                          memory_.write(step.output, row), out.pixel);
            task.channels = static_cast<int>(in.span);  // the padding too: whole vectors
            kernels_.import_row(task);
        }
    }

    void run(const JoinStep& join, const Step& step) {
        const Value& out = memory_.value(step.output);
        for (std::size_t i = 0; i < step.inputs.size(); ++i) {
            const Value& in = memory_.value(step.inputs[i]);
            each_pixel(out, [&](std::int64_t y, std::int64_t x) {
                copy_pixel(memory_.read(step.inputs[i], y, x), in.channels,
                           memory_.write(step.output, y, x), out, join.channel[i]);
            });
        }
    }

    void run(const ActivationNode& node, const Step& step) {
        const Value& in = memory_.value(step.inputs[0]);
        const Value& out = memory_.value(step.output);
        if (out.shape.size() == 4 && in.element == out.element && in.span == out.span &&
            (needs_pass(node.activation) || node.activation == Activation::kSilu)) {
            for (std::int64_t row = 0; row < out.height; ++row) {
                kernels_of(out).bend({.a = memory_.read(step.inputs[0], row),
                                      .b = nullptr,
                                      .out = memory_.write(step.output, row),
                                      .pixels = static_cast<int>(out.width),
                                      .vectors = vectors_of(out),
                                      .a_step = in.pixel,
                                      .b_step = 0,
                                      .out_step = out.pixel},
                                     node.activation);
            }
            return;
        }
        each_pixel(out, [&](std::int64_t y, std::int64_t x) {
            std::byte* const to = memory_.write(step.output, y, x);
            copy_pixel(memory_.read(step.inputs[0], y, x), out.channels, to, out);
            activate(node.activation, to, out.element, static_cast<std::size_t>(out.channels));
        });
    }

    void run(const PadNode& pad, const Step& step) {
        const Value& in = memory_.value(step.inputs[0]);
        const Value& out = memory_.value(step.output);
        const std::size_t bytes = static_cast<std::size_t>(out.span) * element_bytes(out.element);
        each_pixel(out, [&](std::int64_t y, std::int64_t x) {
            std::fill_n(memory_.write(step.output, y, x), bytes, std::byte{});
        });
        each_pixel(in, [&](std::int64_t y, std::int64_t x) {
            copy_pixel(memory_.read(step.inputs[0], y, x), in.channels,
                       memory_.write(step.output, y + pad.before[1], x + pad.before[2]), out,
                       pad.before[3]);
        });
    }

    // The rows' maximum first, then the columns': a tap of the window is one run over a row.
    void run(const PoolNode& pool, const Step& step) {
        const KernelWindow& window = pool.window;
        const Value& in = memory_.value(step.inputs[0]);
        const Value& out = memory_.value(step.output);
        const NhwcKernels& kernels = kernels_of(out);
        const auto bytes = static_cast<std::ptrdiff_t>(element_bytes(in.element));
        RowTask down{.a = nullptr,
                     .b = nullptr,
                     .out = memory_.scratch,
                     .pixels = static_cast<int>(in.width),
                     .vectors = vectors_of(in),
                     .a_step = in.pixel,
                     .b_step = in.span,
                     .out_step = in.span};
        RowTask across = down;
        across.a_step = window.stride_w * in.span;
        across.b_step = across.out_step = out.pixel;
        for (std::int64_t y = 0; y < out.height; ++y) {
            const std::int64_t top = y * window.stride_h - window.pad_top;
            const std::int64_t end = std::min(top + window.kernel_h, in.height);
            const std::int64_t begin = std::max<std::int64_t>(top, 0);
            for (std::int64_t row = begin; row < end; ++row) {
                down.a = memory_.read(step.inputs[0], row);
                down.b = row == begin ? down.a : memory_.scratch;
                down.b_step = row == begin ? in.pixel : in.span;
                kernels.maximum(down);
            }
            // The tap over the output's own pixel exists everywhere, so it starts the maximum.
            std::byte* const to = memory_.write(step.output, y);
            for (std::int64_t tap = 0; tap < window.kernel_w; ++tap) {
                const std::int64_t offset =
                    tap == 0 ? 0 : (tap <= window.pad_left ? tap - 1 : tap) - window.pad_left;
                // Output columns x whose input column x * stride + offset lies in the picture.
                const std::int64_t first =
                    offset >= 0 ? 0 : (-offset + window.stride_w - 1) / window.stride_w;
                const std::int64_t last =
                    std::min(out.width, (in.width - 1 - offset) / window.stride_w + 1);
                if (in.width - 1 < offset || last <= first) {
                    continue;
                }
                across.pixels = static_cast<int>(last - first);
                across.a = memory_.scratch + (first * window.stride_w + offset) * in.span * bytes;
                across.out = to + first * out.pixel * bytes;
                across.b = tap == 0 ? across.a : across.out;
                across.b_step = tap == 0 ? across.a_step : out.pixel;
                kernels.maximum(across);
            }
        }
    }

    void run(const ConcatNode& node, const Step& step) {
        // Axes before the joined one count the pieces; the rest of each input is one run.
        const auto& shape = memory_.value(step.output).shape;
        std::int64_t pieces = 1;
        for (std::size_t axis = 0; axis < node.axis; ++axis) {
            pieces *= shape[axis];
        }
        float* to = memory_.floats_to_write(step.output);
        for (std::int64_t piece = 0; piece < pieces; ++piece) {
            for (const auto input : step.inputs) {
                const std::int64_t run = memory_.value(input).channels / pieces;
                to = std::copy_n(memory_.floats(input) + piece * run, run, to);
            }
        }
    }

    void run(const DepthToSpaceNode& node, const Step& step) {
        const Value& out = memory_.value(step.output);
        const auto bytes = static_cast<std::ptrdiff_t>(element_bytes(out.element));
        each_pixel(out, [&](std::int64_t y, std::int64_t x) {
            const std::int64_t cell = y % node.block * node.block + x % node.block;
            copy_pixel(memory_.read(step.inputs[0], y / node.block, x / node.block) +
                           cell * out.channels * bytes,
                       out.channels, memory_.write(step.output, y, x), out);
        });
    }

    void run(const RepeatNode& node, const Step& step) {
        const Value& out = memory_.value(step.output);
        each_pixel(out, [&](std::int64_t y, std::int64_t x) {
            copy_pixel(memory_.read(step.inputs[0], y / node.factor, x / node.factor), out.channels,
                       memory_.write(step.output, y, x), out);
        });
    }

    void run(const GlobalMeanNode&, const Step& step) {
        const Value& in = memory_.value(step.inputs[0]);
        auto* const sums = reinterpret_cast<float*>(memory_.scratch);
        std::fill_n(sums, in.span, 0.0F);
        for (std::int64_t row = 0; row < in.height; ++row) {
            kernels_of(in).sum(memory_.read(step.inputs[0], row), static_cast<int>(in.width),
                               in.pixel, vectors_of(in), sums);
        }
        const auto pixels = static_cast<float>(in.height * in.width);
        std::transform(sums, sums + in.span, memory_.floats_to_write(step.output),
                       [&](float sum) { return sum / pixels; });
    }

    void run(const PlainStep& plain, const Step& step) { run_plain(plain, step, memory_); }
    void run(const ChannelsToPixelsNode&, const Step& step) { turn(step, memory_); }
    void run(const ScaleNormNode& node, const Step& step) { normalize(node, step, memory_); }
    void run(const GatedAttentionNode& node, const Step& step) { attend(node, step, memory_); }

    const NhwcKernels& kernels_;
    Memory memory_;
};

}  // namespace

void run_step(const Step& step, const NhwcKernels& kernels, const Memory& memory) {
    Runner(kernels, memory).run(step);
}

void run_nhwc(const NhwcPlan& plan, const NhwcKernels& kernels, const float* input,
              std::span<float* const> outputs, std::byte* arena, std::byte* scratch,
              const std::function<bool()>& wants_last) {
    const Memory memory{plan, input, arena, scratch};
    Runner runner(kernels, memory);
    const auto run_steps = [&](std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) {
            runner.run(plan.steps[i]);
        }
    };
    const std::size_t last = outputs.size() - 1;
    run_steps(0, plan.first_for_last);
    for (std::size_t i = 0; i < last; ++i) {
        runner.copy_dense(plan.outputs[i], outputs[i]);
    }
    if (!wants_last || wants_last()) {
        run_steps(plan.first_for_last, plan.steps.size());
        runner.copy_dense(plan.outputs[last], outputs[last]);
    }
}

}  // namespace closet
