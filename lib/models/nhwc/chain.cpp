#include "models/nhwc/chain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace closet {

namespace {

struct Range {
    float low, high;
};

Range clamp_of(Activation activation) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    switch (activation) {
        case Activation::kRelu:
            return {0, kInfinity};
        case Activation::kRelu6:
            return {0, 6};
        case Activation::kNone:
        case Activation::kHardSwish:
        case Activation::kSigmoid:
        case Activation::kSilu:
        case Activation::kHardSigmoid:
            break;
    }
    return {-kInfinity, kInfinity};
}

}  // namespace

ChainRunner::ChainRunner(const Chain& chain, const NhwcKernels& kernels, const Memory& memory,
                         const float* source)
    : chain_(chain),
      kernels_(kernels),
      memory_(memory),
      source_(source),
      filled_(chain.stages.size(), 0) {}

void ChainRunner::run(float* target) {
    for (const ConvStage& stage : chain_.stages) {
        if (stage.ring) {
            clear_borders(stage);
        }
    }
    const ConvStage& last = chain_.stages.back();
    for (std::int64_t row = 0; row < last.out_h; ++row) {
        compute_row(chain_.stages.size() - 1, row, target + row * last.out_w * last.out_pitch);
    }
}

// The rings' memory serves all chains in turn, so the zeros are written anew for each.
void ChainRunner::clear_borders(const ConvStage& stage) const {
    const auto left = static_cast<std::size_t>(stage.window.pad_left * stage.in_pitch);
    const auto right = static_cast<std::size_t>(stage.window.pad_right * stage.in_pitch);
    for (std::int64_t row = 0; row < stage.window.kernel_h; ++row) {
        float* const start = ring_row(stage, row);
        std::fill_n(start, left, 0.0F);
        std::fill_n(start + stage.ring_row - right, right, 0.0F);
    }
}

float* ChainRunner::ring_row(const ConvStage& stage, std::int64_t row) const {
    const auto slot = static_cast<std::size_t>(row % stage.window.kernel_h);
    return memory_.rings + stage.ring_offset + slot * stage.ring_row;
}

void ChainRunner::fill_ring(std::size_t index, std::int64_t up_to) {
    const ConvStage& stage = chain_.stages[index];
    for (std::int64_t& row = filled_[index]; row <= up_to; ++row) {
        float* const inside = ring_row(stage, row) + stage.window.pad_left * stage.in_pitch;
        if (index > 0) {
            compute_row(index - 1, row, inside);
        } else {
            const auto floats = static_cast<std::size_t>(stage.in_w * stage.in_pitch);
            std::memcpy(inside, source_ + static_cast<std::size_t>(row) * floats,
                        floats * sizeof(float));
        }
    }
}

void ChainRunner::compute_row(std::size_t index, std::int64_t row, float* out) {
    const ConvStage& stage = chain_.stages[index];
    const Window& window = stage.window;
    const std::int64_t first = row * window.stride_h - window.pad_top;
    const std::int64_t begin = std::max<std::int64_t>(0, -first);
    const std::int64_t end = std::min(window.kernel_h, stage.in_h - first);
    if (stage.ring) {
        fill_ring(index, first + end - 1);
    }
    std::array<const float*, kMaxKernelRows> rows{};
    for (std::int64_t y = begin; y < end; ++y) {
        rows[static_cast<std::size_t>(y)] =
            stage.ring ? ring_row(stage, first + y)
                       : source_ + (first + y) * stage.in_w * stage.in_pitch;
    }
    const Range clamp = clamp_of(stage.activation);
    ConvStrip strip{};
    strip.rows = rows.data();
    strip.row_begin = static_cast<int>(begin);
    strip.row_end = static_cast<int>(end);
    strip.kernel_h = static_cast<int>(window.kernel_h);
    strip.kernel_w = static_cast<int>(window.kernel_w);
    strip.channels = static_cast<int>(stage.channels);
    strip.tap_step = stage.in_pitch;
    strip.pixel_step = window.stride_w * stage.in_pitch;
    strip.weights = stage.weights.get();
    strip.bias = stage.bias.get();
    // A sum over input channels wants vectors that fit the input's pixels.
    const bool dot = stage.kind == ConvStage::Kind::kDot;
    const NhwcKernels& kernels = nhwc_kernels_for(kernels_, dot ? stage.in_pitch : stage.out_pitch);
    strip.vectors = static_cast<int>(stage.out_pitch) / kernels.lanes;
    strip.pixels = static_cast<int>(stage.out_w);
    strip.out = out;
    strip.out_step = stage.out_pitch;
    if (stage.residual) {
        strip.residual = memory_.value(*stage.residual) + row * stage.out_w * stage.out_pitch;
        strip.residual_step = stage.out_pitch;
    }
    strip.low = clamp.low;
    strip.high = clamp.high;
    switch (stage.kind) {
        case ConvStage::Kind::kDense:
            kernels.conv(strip);
            break;
        case ConvStage::Kind::kDepthwise:
            kernels.depthwise(strip);
            break;
        case ConvStage::Kind::kDot:
            kernels.dot(strip);
            break;
    }
    activate_nhwc(stage.activation, out, static_cast<std::size_t>(stage.out_w * stage.out_pitch));
}

void activate_nhwc(Activation activation, float* values, std::size_t count) {
    if (activation == Activation::kSigmoid) {
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = 1.0F / (1.0F + std::exp(-values[i]));
        }
    } else if (activation == Activation::kHardSwish) {
        for (std::size_t i = 0; i < count; ++i) {
            values[i] *= std::clamp(values[i] + 3.0F, 0.0F, 6.0F) * (1.0F / 6.0F);
        }
    }
}

}  // namespace closet
