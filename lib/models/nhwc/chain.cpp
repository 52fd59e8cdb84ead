#include "models/nhwc/chain.h"

#include <algorithm>
#include <array>

#include "models/nhwc/activate.h"

namespace closet {

ChainRunner::ChainRunner(const Chain& chain, const Memory& memory)
    : chain_(chain), memory_(memory), filled_(chain.stages.size(), 0) {}

void ChainRunner::run() {
    for (const ConvStage& stage : chain_.stages) {
        if (stage.ring) {
            clear_borders(stage);
        }
    }
    const std::size_t last = chain_.stages.size() - 1;
    const ConvStage& stage = chain_.stages[last];
    const Value& out = memory_.value(stage.output);
    if (stage.winograd) {
        run_winograd(stage, {memory_.write(stage.output), out.pixel, out.row});
        return;
    }
    const std::int64_t height = stage.flat ? 1 : out.height;
    const std::int64_t step = stage.ring ? 1 : rows_at_once(stage);
    for (std::int64_t row = 0; row < height; row += step) {
        compute(last, row, std::min(step, height - row),
                {memory_.write(stage.output, row), out.pixel, out.row});
    }
}

// Lone convolutions only: a ring holds the rows of one.
std::int64_t ChainRunner::rows_at_once(const ConvStage& stage) const {
    const Value& in = memory_.value(stage.input);
    const auto number = static_cast<std::int64_t>(element_bytes(in.element));
    const KernelWindow& window = stage.window;
    const std::int64_t outputs = std::int64_t{stage.vectors} * stage.kernels->lanes;
    return rows_of_task(window, in.row * window.stride_h * number,
                        window.kernel_h * window.kernel_w * in.channels * outputs * number);
}

// The rings' memory serves all chains in turn, so the zeros are written anew for each.
void ChainRunner::clear_borders(const ConvStage& stage) const {
    const std::size_t pixel =
        static_cast<std::size_t>(stage.ring_pixel) * element_bytes(stage.in_element);
    const std::size_t left = static_cast<std::size_t>(stage.window.pad_left) * pixel;
    const std::size_t right = static_cast<std::size_t>(stage.window.pad_right) * pixel;
    const std::size_t all =
        static_cast<std::size_t>(stage.ring_row) * element_bytes(stage.in_element);
    const std::byte zero = zero_byte(memory_.value(stage.input), stage.in_element);
    for (std::int64_t row = 0; row < rows_seen(stage.window); ++row) {
        std::byte* const start = ring_row(stage, row);
        std::fill_n(start, left, zero);
        std::fill_n(start + all - right, right, zero);
    }
}

std::byte* ChainRunner::ring_row(const ConvStage& stage, std::int64_t row) const {
    const auto slot = static_cast<std::size_t>(row % rows_seen(stage.window));
    return memory_.scratch + stage.ring_offset +
           slot * static_cast<std::size_t>(stage.ring_row) * element_bytes(stage.in_element);
}

void ChainRunner::fill_ring(std::size_t index, std::int64_t up_to) {
    const ConvStage& stage = chain_.stages[index];
    const std::ptrdiff_t before = stage.window.pad_left * stage.ring_pixel *
                                  static_cast<std::ptrdiff_t>(element_bytes(stage.in_element));
    for (std::int64_t& row = filled_[index]; row <= up_to; ++row) {
        std::byte* const inside = ring_row(stage, row) + before;
        if (index > 0) {
            compute(index - 1, row, 1, {inside, stage.ring_pixel, stage.ring_row});
        } else {
            const Value& in = memory_.value(stage.input);
            stage.kernels->import_row(import_task(memory_.floats(stage.input, row), in,
                                                  in.quantization, inside, stage.ring_pixel));
        }
    }
}

void ChainRunner::compute(std::size_t index, std::int64_t row, std::int64_t rows,
                          const Target& target) {
    const ConvStage& stage = chain_.stages[index];
    const KernelWindow& window = stage.window;
    const Value& in = memory_.value(stage.input);
    // Written as far as they are read. NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
    std::array<const void*, kTaskPointers> pointers;
    for (std::int64_t i = 0; i < rows; ++i) {
        const std::int64_t first = (row + i) * window.stride_h - window.pad_top;
        for (std::int64_t y = 0; y < window.kernel_h; ++y) {
            const std::int64_t from = first + y * window.dilation_h;
            const void*& pointer = pointers[static_cast<std::size_t>(i * window.kernel_h + y)];
            if (from < 0 || from >= in.height) {
                pointer = nullptr;
                continue;
            }
            if (stage.ring) {
                fill_ring(index, from);
            }
            pointer = stage.ring ? ring_row(stage, from)
                                 : memory_.read(stage.input, from, -window.pad_left);
        }
    }
    ConvTask task = describe(stage, row, target);
    task.rows = pointers.data();
    task.out_rows = static_cast<int>(rows);
    switch (stage.kind) {
        case ConvStage::Kind::kDense:
            stage.kernels->conv(task);
            break;
        case ConvStage::Kind::kDepthwise:
            depthwise(stage, task);
            break;
        case ConvStage::Kind::kDot:
            stage.kernels->dot(task);
            break;
        case ConvStage::Kind::kWinograd:
            break;  // runs by itself
    }
    const Value& out = memory_.value(stage.output);
    if (needs_pass(stage.activation)) {
        const NhwcKernels& kernels = nhwc_kernels_for(*stage.kernels, out.span, out.element);
        const auto bytes = static_cast<std::ptrdiff_t>(element_bytes(out.element));
        for (std::int64_t i = 0; i < rows; ++i) {
            std::byte* const first = target.first + i * target.row * bytes;
            kernels.bend({.a = first,
                          .b = nullptr,
                          .out = first,
                          .pixels = task.pixels,
                          .vectors = static_cast<int>(out.span) / kernels.lanes,
                          .a_step = target.pixel,
                          .b_step = 0,
                          .out_step = target.pixel},
                         stage.activation);
        }
    }
}

void ChainRunner::run_winograd(const ConvStage& stage, const Target& target) const {
    const Value& in = memory_.value(stage.input);
    stage.winograd->run({.first = memory_.floats(stage.input),
                         .pixel = in.pixel,
                         .row = in.row,
                         .height = in.height,
                         .width = in.width},
                        describe(stage, 0, target), 0, memory_.value(stage.output).height,
                        memory_.scratch);
}

// With gaps between the taps, every `dilation`-th output pixel has its taps among the same input
// pixels: those are a row without gaps.
void ChainRunner::depthwise(const ConvStage& stage, const ConvTask& task) const {
    const auto phases = static_cast<int>(stage.window.dilation_w);
    if (phases == 1) {
        stage.kernels->depthwise(task);
        return;
    }
    const Element out_element = memory_.value(stage.output).element;
    std::array<const void*, kTaskPointers> rows{};
    for (int phase = 0; phase < std::min(phases, task.pixels); ++phase) {
        const std::ptrdiff_t before = std::ptrdiff_t{phase} * task.pixel_step *
                                      static_cast<std::ptrdiff_t>(element_bytes(stage.in_element));
        std::transform(task.rows, task.rows + task.out_rows * task.kernel_h, rows.begin(),
                       [&](const void* row) -> const void* {
                           return row == nullptr ? nullptr
                                                 : static_cast<const std::byte*>(row) + before;
                       });
        ConvTask part = task;
        part.rows = rows.data();
        part.pixels = (task.pixels - phase + phases - 1) / phases;
        part.pixel_step = task.tap_step;  // of the window's taps, as many pixels apart
        part.out = static_cast<std::byte*>(task.out) +
                   phase * task.out_step * static_cast<std::ptrdiff_t>(element_bytes(out_element));
        part.out_step = phases * task.out_step;
        stage.kernels->depthwise(part);
    }
}

ConvTask ChainRunner::describe(const ConvStage& stage, std::int64_t row,
                               const Target& target) const {
    const Value& in = memory_.value(stage.input);
    const Value& out = memory_.value(stage.output);
    ConvTask task{};
    task.pixels = static_cast<int>(stage.flat ? out.width * out.height : out.width);
    task.kernel_h = static_cast<int>(stage.window.kernel_h);
    task.kernel_w = static_cast<int>(stage.window.kernel_w);
    task.channels = static_cast<int>(in.channels);
    const std::ptrdiff_t pixel = stage.ring ? stage.ring_pixel : in.pixel;
    task.tap_step = stage.window.dilation_w * pixel;
    task.pixel_step = stage.window.stride_w * pixel;
    task.weights = stage.weights.get();
    task.bias = reinterpret_cast<const float*>(stage.bias.get());
    task.vectors = stage.vectors;
    task.widest = stage.widest;
    task.out = target.first;
    task.out_step = target.pixel;
    task.out_row = target.row;
    task.float_out = out.element == Element::kFloat;
    task.requantize = stage.requantize;
    task.finish = {.residual = nullptr,
                   .residual_step = 0,
                   .residual_row = 0,
                   .residual_last = stage.residual_last,
                   .silu = stage.activation == Activation::kSilu,
                   .low = stage.low,
                   .high = stage.high};
    if (stage.residual) {
        const Value& residual = memory_.value(*stage.residual);
        task.finish.residual = memory_.read(*stage.residual, row);
        task.finish.residual_step = residual.pixel;
        task.finish.residual_row = residual.row;
    }
    return task;
}

}  // namespace closet
