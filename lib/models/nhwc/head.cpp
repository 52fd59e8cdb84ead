#include "models/nhwc/head.h"

#include <algorithm>
#include <cmath>

#include "models/nhwc/attention.h"
#include "models/nhwc/each_pixel.h"

namespace closet {

void turn(const Step& step, const Memory& memory) {
    const Value& out = memory.value(step.output);
    const Value& in = memory.value(step.inputs[0]);
    for (std::int64_t pixel = 0; pixel < out.height; ++pixel) {
        float* const to = memory.floats_to_write(step.output, pixel);
        std::fill_n(to, out.span, 0.0F);
        float* next = to;
        each_pixel(in, [&](std::int64_t y, std::int64_t x) {
            *next++ = memory.floats(step.inputs[0], y, x)[pixel];
        });
    }
}

void normalise(const ScaleNormNode& node, const Step& step, const Memory& memory) {
    constexpr float kSmallest = 1e-5F;  // of the norm, as ScaleNormNode says
    const Value& out = memory.value(step.output);
    each_pixel(out, [&](std::int64_t y, std::int64_t x) {
        const float* const from = memory.floats(step.inputs[0], y, x);
        double squares = 0;
        for (std::int64_t c = 0; c < out.channels; ++c) {
            squares += static_cast<double>(from[c]) * from[c];
        }
        const double mean = squares / static_cast<double>(out.channels);
        const float norm = std::max(static_cast<float>(std::sqrt(mean)), kSmallest);
        float* const to = memory.floats_to_write(step.output, y, x);
        std::fill_n(to, out.span, 0.0F);
        std::transform(from, from + out.channels, to,
                       [&](float number) { return number / norm * node.gain; });
    });
}

void attend(const GatedAttentionNode& node, const Step& step, const Memory& memory) {
    const Value& in = memory.value(step.inputs[0]);
    const Value& out = memory.value(step.output);
    each_pixel(out, [&](std::int64_t y, std::int64_t x) {
        std::fill_n(memory.floats_to_write(step.output, y, x), out.span, 0.0F);
    });
    attend(node,
           {.in = memory.floats(step.inputs[0]),
            .out = memory.floats_to_write(step.output),
            .in_step = in.row,
            .out_step = out.row,
            .pixels = static_cast<std::size_t>(out.height),
            .channels = static_cast<std::size_t>(out.channels)},
           reinterpret_cast<float*>(memory.scratch));
}

}  // namespace closet
