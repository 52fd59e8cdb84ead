#include "models/nhwc/head.h"

#include <algorithm>
#include <cmath>

#include "models/nhwc/run.h"

namespace closet {
namespace {

/// Pixels in float32, one `step` behind the other.
struct AttentionPixels {
    const float* in;  ///< u, v, b: 2 channels + S
    float* out;       ///< `channels` numbers a pixel
    std::ptrdiff_t in_step, out_step;
    std::size_t pixels, channels;  ///< channels: E
};

/// What a GatedAttentionNode describes. Few numbers: plain loops over the fastest axis.
void attend_pixels(const GatedAttentionNode& node, const AttentionPixels& pixels, float* scratch) {
    const std::size_t count = pixels.pixels;
    const std::size_t shared = node.query_scale.size();  // S
    const float root = std::sqrt(static_cast<float>(shared));
    const auto in = [&](std::size_t pixel) {
        return pixels.in + static_cast<std::ptrdiff_t>(pixel) * pixels.in_step;
    };
    // Keys lie with the pixels fastest: then the sums of a row of A grow side by side.
    float* const keys = scratch;
    float* const row = scratch + shared * count;
    for (std::size_t pixel = 0; pixel < count; ++pixel) {
        const float* const base = in(pixel) + 2 * pixels.channels;
        for (std::size_t s = 0; s < shared; ++s) {
            keys[s * count + pixel] = base[s] * node.key_scale[s] + node.key_shift[s];
        }
    }
    for (std::size_t pixel = 0; pixel < count; ++pixel) {
        const float* const base = in(pixel) + 2 * pixels.channels;
        std::fill_n(row, count, 0.0F);
        for (std::size_t s = 0; s < shared; ++s) {
            const float query = base[s] * node.query_scale[s] + node.query_shift[s];
            const float* const key = keys + s * count;
            for (std::size_t other = 0; other < count; ++other) {
                row[other] += query * key[other];
            }
        }
        float* const out = pixels.out + static_cast<std::ptrdiff_t>(pixel) * pixels.out_step;
        std::fill_n(out, pixels.channels, 0.0F);
        for (std::size_t other = 0; other < count; ++other) {
            const float positive = std::max(row[other] / root, 0.0F);
            const float weight = positive * positive;
            const float* const v = in(other) + pixels.channels;
            for (std::size_t e = 0; e < pixels.channels; ++e) {
                out[e] += weight * v[e];
            }
        }
        const float* const u = in(pixel);
        for (std::size_t e = 0; e < pixels.channels; ++e) {
            out[e] *= u[e];
        }
    }
}

}  // namespace

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

void normalize(const ScaleNormNode& node, const Step& step, const Memory& memory) {
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
    attend_pixels(node,
                  {.in = memory.floats(step.inputs[0]),
                   .out = memory.floats_to_write(step.output),
                   .in_step = in.row,
                   .out_step = out.row,
                   .pixels = static_cast<std::size_t>(out.height),
                   .channels = static_cast<std::size_t>(out.channels)},
                  reinterpret_cast<float*>(memory.scratch));
}

std::size_t attention_scratch(const GatedAttentionNode& node, std::size_t pixels) {
    return node.key_scale.size() * pixels + pixels;  // the keys and one row of A
}

}  // namespace closet
