#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/target_clones.h"

/// What kernels that interpolate pixels share: GCC's and Clang's vector types, one 128-bit register
/// of two RGBA pixels with 16 bits a channel.
namespace closet::kernel {

using Bytes8 [[gnu::vector_size(8)]] = std::uint8_t;
using Bytes16 [[gnu::vector_size(16)]] = std::uint8_t;
using Words8 [[gnu::vector_size(16)]] = std::uint16_t;
using Halves [[gnu::vector_size(16)]] = std::uint64_t;

/// Two pixels, the first in the low bytes, as words. (__builtin_convertvector is slower here with
/// GCC 12.)
inline Words8 words_of(std::uint64_t pixels) {
    const auto bytes = std::bit_cast<Bytes16>(Halves{pixels, 0});
    return std::bit_cast<Words8>(__builtin_shufflevector(bytes, Bytes16{}, 0, 16, 1, 17, 2, 18, 3,
                                                         19, 4, 20, 5, 21, 6, 22, 7, 23));
}

/// Two neighboring pixels from memory, 8 bytes, as words.
inline Words8 load_pair(const std::uint8_t* at) {
    std::uint64_t raw;
    std::memcpy(&raw, at, sizeof raw);
    return words_of(raw);
}

/// From a to b, words of 8 bits, by `weight` of 256, rounded. a * 256 + (b - a) * weight fits into
/// 16 bits, so the wrap-around of (b - a) in between does no harm.
inline Words8 mix_words(Words8 a, Words8 b, Words8 weight) {
    return ((a << 8) + (b - a) * weight + std::uint16_t{128}) >> 8;
}

}  // namespace closet::kernel
