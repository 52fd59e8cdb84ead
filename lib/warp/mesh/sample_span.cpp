#include "warp/mesh/sample_span.h"

#include <bit>
#include <cstring>

#include "warp/target_clones.h"

namespace closet::mesh {
namespace {

using std::int32_t;
using std::size_t;
using std::uint16_t;
using std::uint64_t;
using std::uint8_t;

// GCC and Clang vector types: one 128-bit register of two RGBA pixels with 16 bits a channel.
using Bytes8 [[gnu::vector_size(8)]] = uint8_t;
using Bytes16 [[gnu::vector_size(16)]] = uint8_t;
using Words8 [[gnu::vector_size(16)]] = uint16_t;
using Halves [[gnu::vector_size(16)]] = uint64_t;

constexpr int kTexelFraction = 16;

inline Words8 widen(uint64_t raw) {
    const auto bytes = std::bit_cast<Bytes16>(Halves{raw, 0});
    return std::bit_cast<Words8>(__builtin_shufflevector(bytes, Bytes16{}, 0, 16, 1, 17, 2, 18, 3,
                                                         19, 4, 20, 5, 21, 6, 22, 7, 23));
}

inline Words8 load_pair(const uint8_t* at) {
    uint64_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return widen(raw);
}

inline Words8 splat(int32_t fraction) {
    const auto weight = static_cast<uint16_t>((fraction >> (kTexelFraction - 8)) & 255);
    return Words8{} + weight;
}

/// From a to b by `weight` of 256, rounded. The wrap-around of (b - a) does no harm: the sum fits
/// into 16 bits.
inline Words8 mix_words(Words8 a, Words8 b, Words8 weight) {
    return ((a << 8) + (b - a) * weight + uint16_t{128}) >> 8;
}

/// Two horizontally neighbouring texture pixels, interpolated vertically.
inline Words8 column_pair(const uint8_t* texture, size_t stride, int32_t x, int32_t y) {
    const uint8_t* at = texture + static_cast<size_t>(y >> kTexelFraction) * stride +
                        static_cast<size_t>(x >> kTexelFraction) * 4;
    return mix_words(load_pair(at), load_pair(at + stride), splat(y));
}

/// Two samples over two canvas pixels: source + canvas * (255 - source alpha) / 255.
inline Words8 over(Words8 source, Words8 canvas) {
    const Words8 alpha = __builtin_shufflevector(source, source, 3, 3, 3, 3, 7, 7, 7, 7);
    const Words8 product = canvas * (uint16_t{255} - alpha) + uint16_t{128};
    return source + ((product + (product >> 8)) >> 8);
}

}  // namespace

CLOSET_TARGET_CLONES
void paint_span(uint8_t* out, const uint8_t* texture, size_t stride, TextureWalk walk, int n) {
    for (; n >= 2; n -= 2, out += 8) {
        const int32_t x1 = walk.x + walk.step_x;
        const int32_t y1 = walk.y + walk.step_y;
        const Words8 a = column_pair(texture, stride, walk.x, walk.y);
        const Words8 b = column_pair(texture, stride, x1, y1);
        const Words8 left = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        const Words8 right = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
        const Words8 fa = splat(walk.x);
        const Words8 fb = splat(x1);
        const Words8 weight = __builtin_shufflevector(fa, fb, 0, 1, 2, 3, 8, 9, 10, 11);
        const Words8 painted = over(mix_words(left, right, weight), load_pair(out));
        const Bytes8 two = __builtin_convertvector(painted, Bytes8);
        std::memcpy(out, &two, 8);
        walk.x = x1 + walk.step_x;
        walk.y = y1 + walk.step_y;
    }
    if (n == 1) {
        const Words8 a = column_pair(texture, stride, walk.x, walk.y);
        const Words8 right = __builtin_shufflevector(a, a, 4, 5, 6, 7, 4, 5, 6, 7);
        std::uint32_t raw;
        std::memcpy(&raw, out, 4);
        const Words8 painted = over(mix_words(a, right, splat(walk.x)), widen(raw));
        const Bytes8 one = __builtin_convertvector(painted, Bytes8);
        std::memcpy(out, &one, 4);
    }
}

}  // namespace closet::mesh
