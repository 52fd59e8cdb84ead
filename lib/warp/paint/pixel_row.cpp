#include "warp/paint/pixel_row.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "warp/paint/blend.h"
#include "warp/paint/kernel.h"

namespace closet {
namespace pixel_row {
namespace {

using std::int16_t;
using std::int32_t;
using std::size_t;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;

constexpr size_t kBlock = 8;  ///< pixels that are passed over at once
constexpr uint64_t kAlphas = 0xFF000000FF000000;

enum class Block { kTransparent, kOpaque, kMixed };

CLOSET_INTO_KERNEL Block kind_of(const uint8_t* rgba) {
    std::array<uint64_t, kBlock / 2> pairs;
    std::memcpy(pairs.data(), rgba, 4 * kBlock);
    uint64_t any = 0, all = kAlphas;
    for (const uint64_t pair : pairs) {
        any |= pair;
        all &= pair;
    }
    return (any & kAlphas) == 0 ? Block::kTransparent
           : all == kAlphas     ? Block::kOpaque
                                : Block::kMixed;
}

template <size_t kPixels>
bool is_transparent(const uint8_t* rgba) {
    std::array<uint64_t, kPixels / 2> pairs;
    std::memcpy(pairs.data(), rgba, 4 * kPixels);
    uint64_t any = 0;
    for (const uint64_t pair : pairs) {
        any |= pair;
    }
    return (any & kAlphas) == 0;
}

// Quotients below of whole numbers in single precision are exact once they are cut off: numbers are
// less than 2^24, so no quotient is nearer to a whole number than it is rounded.

/// Divides the colors of kBlock pixels by alpha. 255 / alpha has 16 fraction bits and is rounded,
/// enough that 255 * x / 255 gives x again.
CLOSET_INTO_KERNEL void unpremultiply_block(uint8_t* __restrict rgba) {
    std::array<uint32_t, kBlock> pixels;
    std::memcpy(pixels.data(), rgba, sizeof pixels);
    for (uint32_t& pixel : pixels) {
        const auto alpha = static_cast<int32_t>(pixel >> 24);
        const int32_t divisor = alpha > 1 ? alpha : 1;
        const auto factor = static_cast<uint32_t>(static_cast<int32_t>(
            static_cast<float>((255 << 16) + alpha / 2) / static_cast<float>(divisor)));
        const auto divided = [&](uint32_t value) {
            const uint32_t result = (value * factor + (1U << 15)) >> 16;
            return result < 255 ? result : 255U;
        };
        const uint32_t straight = divided(pixel & 255) | divided(pixel >> 8 & 255) << 8 |
                                  divided(pixel >> 16 & 255) << 16 | (pixel & 0xFF000000);
        pixel = alpha == 0 || alpha == 255 ? pixel : straight;
    }
    std::memcpy(rgba, pixels.data(), sizeof pixels);
}

/// Lays black under kBlock pixels.
CLOSET_INTO_KERNEL void lay_under_block(uint8_t* __restrict rgba, const uint16_t* __restrict sums,
                                        int bits, int32_t share) {
    std::array<uint32_t, kBlock> pixels;
    std::memcpy(pixels.data(), rgba, sizeof pixels);
    for (size_t i = 0; i < kBlock; ++i) {
        const uint32_t pixel = pixels[i];
        const auto alpha = static_cast<int32_t>(pixel >> 24);
        const int32_t open = (sums[i] * share >> bits) * (255 - alpha);
        const int32_t under = (static_cast<int32_t>(static_cast<float>(open) / 255.0F) + 128) / 256;
        const int32_t whole = alpha + under;
        const int32_t divisor = whole > 1 ? whole : 1;
        const auto mixed = [&](uint32_t value) {
            const int32_t product = static_cast<int32_t>(value) * alpha + whole / 2;
            return static_cast<uint32_t>(
                static_cast<int32_t>(static_cast<float>(product) / static_cast<float>(divisor)));
        };
        const uint32_t shaded = mixed(pixel & 255) | mixed(pixel >> 8 & 255) << 8 |
                                mixed(pixel >> 16 & 255) << 16 | static_cast<uint32_t>(whole) << 24;
        pixels[i] = under == 0 ? pixel : shaded;
    }
    std::memcpy(rgba, pixels.data(), sizeof pixels);
}

/// The same where all is transparent.
CLOSET_INTO_KERNEL void fill_shade(uint8_t* __restrict rgba, const uint16_t* __restrict sums,
                                   int bits, int32_t share) {
    std::array<uint32_t, kBlock> pixels;
    for (size_t i = 0; i < kBlock; ++i) {
        pixels[i] = static_cast<uint32_t>((sums[i] * share >> bits) + 128) / 256 << 24;
    }
    std::memcpy(rgba, pixels.data(), 4 * kBlock);
}

/// Calls `work` for all whole blocks of `n` pixels, and for a copy of the rest.
template <class Work>
CLOSET_INTO_KERNEL void by_blocks(uint8_t* rgba, size_t n, const Work& work) {
    size_t i = 0;
    for (; i + kBlock <= n; i += kBlock) {
        work(rgba + 4 * i, i);
    }
    if (i < n) {
        std::array<uint8_t, 4 * kBlock> rest{};
        std::memcpy(rest.data(), rgba + 4 * i, 4 * (n - i));
        work(rest.data(), i);
        std::memcpy(rgba + 4 * i, rest.data(), 4 * (n - i));
    }
}

template <size_t kStep>
CLOSET_INTO_KERNEL void widen_row(const uint8_t* __restrict row, size_t n,
                                  uint16_t* __restrict wide) {
    for (size_t i = 0; i < n; ++i) {
        const int left = row[i > 0 ? i - 1 : 0], right = row[i + 1 < n ? i + 1 : i];
        for (size_t x = 0; x < kStep / 2; ++x) {
            const auto beside = static_cast<int>(kStep - 1 - 2 * x);
            const int own = static_cast<int>(2 * kStep) - beside;
            wide[kStep * i + x] = static_cast<uint16_t>(own * row[i] + beside * left);
            wide[kStep * i + kStep - 1 - x] = static_cast<uint16_t>(own * row[i] + beside * right);
        }
    }
}

template <int kStep>
inline void enlarge_row(const uint8_t* __restrict near, const uint8_t* __restrict far, int phase,
                        size_t n, uint16_t* __restrict buffer, uint16_t* __restrict sums) {
    const auto far_weight = static_cast<uint16_t>(std::abs(2 * phase + 1 - kStep));
    const auto near_weight = static_cast<uint16_t>(2 * kStep - far_weight);
    uint16_t* column = buffer + 1;
    for (size_t i = 0; i < n; ++i) {
        column[i] = static_cast<uint16_t>(near_weight * near[i] + far_weight * far[i]);
    }
    column[-1] = column[0];
    column[n] = column[n - 1];
    for (size_t i = 0; i < n; ++i) {
        const auto* at = buffer + i;
        for (int x = 0; x < kStep / 2; ++x) {
            const int beside = kStep - 1 - 2 * x;
            const int own = 2 * kStep - beside;
            sums[kStep * i + static_cast<size_t>(x)] =
                static_cast<uint16_t>(own * at[1] + beside * at[0]);
            sums[kStep * i + static_cast<size_t>(kStep - 1 - x)] =
                static_cast<uint16_t>(own * at[1] + beside * at[2]);
        }
    }
}

}  // namespace

Span visible(const uint8_t* rgba, size_t n) {
    Span span{0, n};
    const auto pass = [&]<size_t kPixels>(std::integral_constant<size_t, kPixels>) {
        while (span.begin + kPixels <= n && is_transparent<kPixels>(rgba + 4 * span.begin)) {
            span.begin += kPixels;
        }
        while (span.end >= span.begin + kPixels &&
               is_transparent<kPixels>(rgba + 4 * (span.end - kPixels))) {
            span.end -= kPixels;
        }
    };
    pass(std::integral_constant<size_t, 32>());
    pass(std::integral_constant<size_t, 8>());
    while (span.begin < n && rgba[4 * span.begin + 3] == 0) {
        ++span.begin;
    }
    while (span.end > span.begin && rgba[4 * span.end - 1] == 0) {
        --span.end;
    }
    return span.empty() ? Span{} : span;
}

CLOSET_TARGET_CLONES
void unpremultiply(uint8_t* rgba, size_t n) {
    by_blocks(rgba, n, [](uint8_t* block, size_t) {
        if (kind_of(block) == Block::kMixed) {
            unpremultiply_block(block);
        }
    });
}

CLOSET_TARGET_CLONES
void scale(uint8_t* rgba, size_t n, const std::array<int16_t, 4>& gains) {
    constexpr size_t kChannels = 4 * kBlock;
    std::array<uint16_t, kChannels> factor{};
    for (size_t k = 0; k < kChannels; ++k) {
        factor[k] = static_cast<uint16_t>(gains[k % 4]);
    }
    by_blocks(rgba, n, [&](uint8_t* block, size_t) {
        // The upper part of a product in 16 bits, and the bit below, which rounds it.
        static_assert(kGainBits == 12);
        for (size_t k = 0; k < kChannels; ++k) {
            const auto wide = static_cast<uint16_t>(block[k] << 4);
            const auto whole = static_cast<uint16_t>(uint32_t{wide} * factor[k] >> 16);
            const auto low = static_cast<uint16_t>(block[k] * factor[k]);
            const auto rounded = static_cast<uint16_t>(whole + (low >> 11 & 1));
            block[k] = static_cast<uint8_t>(rounded < 255 ? rounded : uint16_t{255});
        }
    });
}

CLOSET_TARGET_CLONES
void fade(uint8_t* __restrict rgba, size_t n, const uint16_t* __restrict kept) {
    constexpr uint32_t kWeights = weights_of(2);
    constexpr uint32_t kWhole = kWeights * 255;
    for (size_t i = 0; i < n; ++i) {
        uint32_t pixel;
        std::memcpy(&pixel, rgba + 4 * i, 4);
        const uint32_t product = (pixel >> 24) * (kWhole - kept[i]) + kWhole / 2;
        pixel = (pixel & 0xFFFFFF) | blend::div255(product / kWeights) << 24;
        std::memcpy(rgba + 4 * i, &pixel, 4);
    }
}

CLOSET_TARGET_CLONES
void lay_under(uint8_t* rgba, size_t n, const uint16_t* sums, int weights, int share) {
    const int bits = std::countr_zero(static_cast<uint32_t>(weights));
    by_blocks(rgba, n, [&](uint8_t* block, size_t i) {
        std::array<uint16_t, kBlock> rest{};
        const bool is_whole = i + kBlock <= n;
        if (!is_whole) {
            std::memcpy(rest.data(), sums + i, 2 * (n - i));
        }
        const uint16_t* own = is_whole ? sums + i : rest.data();
        const Block kind = kind_of(block);
        if (kind == Block::kTransparent) {
            fill_shade(block, own, bits, share);
        } else if (kind == Block::kMixed) {
            lay_under_block(block, own, bits, share);
        }
    });
}

CLOSET_TARGET_CLONES
void widen(const uint8_t* row, int step, size_t n, uint16_t* wide) {
    if (step == 2) {
        widen_row<2>(row, n, wide);
    } else if (step == 4) {
        widen_row<4>(row, n, wide);
    } else {
        widen_row<8>(row, n, wide);
    }
}

CLOSET_TARGET_CLONES
void between(const uint16_t* __restrict near, const uint16_t* __restrict far, int step, int phase,
             size_t n, uint16_t* __restrict sums) {
    const auto far_weight = static_cast<uint16_t>(std::abs(2 * phase + 1 - step));
    const auto near_weight = static_cast<uint16_t>(2 * step - far_weight);
    for (size_t i = 0; i < n; ++i) {
        sums[i] = static_cast<uint16_t>(near_weight * near[i] + far_weight * far[i]);
    }
}

CLOSET_TARGET_CLONES
void enlarge(const uint8_t* near, const uint8_t* far, int step, int phase, size_t n,
             uint16_t* buffer, uint16_t* sums) {
    if (step == 2) {
        enlarge_row<2>(near, far, phase, n, buffer, sums);
    } else if (step == 4) {
        enlarge_row<4>(near, far, phase, n, buffer, sums);
    } else {
        enlarge_row<8>(near, far, phase, n, buffer, sums);
    }
}

}  // namespace pixel_row

}  // namespace closet
