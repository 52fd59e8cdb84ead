#include "models/nhwc/attention.h"

#include <algorithm>
#include <cmath>

namespace closet {

std::size_t attention_scratch(const GatedAttentionNode& node, std::size_t pixels) {
    return node.key_scale.size() * pixels + pixels;  // the keys and one row of A
}

void attend(const GatedAttentionNode& node, const AttentionPixels& pixels, float* scratch) {
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

}  // namespace closet
