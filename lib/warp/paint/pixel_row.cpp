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

Block kind_of(const uint8_t* rgba) {
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

/// 255 / alpha with 16 fraction bits, rounded up enough that 255 * x / 255 gives x again.
constexpr std::array<uint32_t, 256> make_reciprocals() {
    std::array<uint32_t, 256> table{};
    for (uint32_t alpha = 1; alpha < 256; ++alpha) {
        table[alpha] = ((255U << 16) + alpha / 2) / alpha;
    }
    return table;
}
constexpr auto kReciprocals = make_reciprocals();

void unpremultiply_one(uint8_t* pixel) {
    const uint8_t alpha = pixel[3];
    if (alpha == 255 || alpha == 0) {
        return;
    }
    for (int c = 0; c < 3; ++c) {
        const uint32_t value = (pixel[c] * kReciprocals[alpha] + (1U << 15)) >> 16;
        pixel[c] = static_cast<uint8_t>(std::min(value, 255U));
    }
}

/// The alpha of what is laid under.
uint32_t shade(uint32_t sum, uint32_t weights, uint32_t share, uint32_t alpha) {
    return (sum * share / weights * (255 - alpha) / 255 + 128) / 256;
}

void lay_under_one(uint8_t* pixel, uint32_t under) {
    const uint32_t alpha = pixel[3];
    const uint32_t whole = alpha + under;
    if (under == 0) {
        return;
    }
    for (int c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>((pixel[c] * alpha + whole / 2) / whole);
    }
    pixel[3] = static_cast<uint8_t>(whole);
}

/// `lay_under` where all is transparent.
CLOSET_TARGET_CLONES
void fill_shade(uint8_t* __restrict rgba, const uint16_t* __restrict sums, uint32_t weights,
                uint32_t share) {
    const int bits = std::countr_zero(weights);
    std::array<uint32_t, kBlock> pixels;
    for (size_t i = 0; i < kBlock; ++i) {
        pixels[i] = ((sums[i] * share >> bits) + 128) / 256 << 24;
    }
    std::memcpy(rgba, pixels.data(), 4 * kBlock);
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

void unpremultiply(uint8_t* rgba, size_t n) {
    size_t i = 0;
    for (; i + kBlock <= n; i += kBlock) {
        if (kind_of(rgba + 4 * i) == Block::kMixed) {
            for (size_t k = i; k < i + kBlock; ++k) {
                unpremultiply_one(rgba + 4 * k);
            }
        }
    }
    for (; i < n; ++i) {
        unpremultiply_one(rgba + 4 * i);
    }
}

CLOSET_TARGET_CLONES
void scale(uint8_t* rgba, size_t n, const std::array<int16_t, 4>& gains) {
    constexpr size_t kChannels = 32;  // a vector's worth
    std::array<int16_t, kChannels> factor{};
    for (size_t k = 0; k < kChannels; ++k) {
        factor[k] = gains[k % 4];
    }
    // A product with 15 fraction bits, shifted in two steps: one instruction for 16 bits.
    const auto scaled = [&](uint8_t value, size_t k) {
        const auto wide = static_cast<int16_t>(value << (15 - kGainBits));
        const auto product = static_cast<int16_t>(((int32_t{wide} * factor[k] >> 14) + 1) >> 1);
        return static_cast<uint8_t>(std::min(product, int16_t{255}));
    };
    size_t i = 0;
    for (; i + kChannels <= 4 * n; i += kChannels) {
        for (size_t k = 0; k < kChannels; ++k) {
            rgba[i + k] = scaled(rgba[i + k], k);
        }
    }
    for (size_t k = 0; i < 4 * n; ++i, ++k) {
        rgba[i] = scaled(rgba[i], k);
    }
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

void lay_under(uint8_t* rgba, size_t n, const uint16_t* sums, int weights, int share) {
    const auto whole = static_cast<uint32_t>(weights);
    const auto of_256 = static_cast<uint32_t>(share);
    const auto one = [&](size_t i) {
        lay_under_one(rgba + 4 * i, shade(sums[i], whole, of_256, rgba[4 * i + 3]));
    };
    size_t i = 0;
    for (; i + kBlock <= n; i += kBlock) {
        const Block kind = kind_of(rgba + 4 * i);
        if (kind == Block::kTransparent) {
            fill_shade(rgba + 4 * i, sums + i, whole, of_256);
        } else if (kind == Block::kMixed) {
            for (size_t k = i; k < i + kBlock; ++k) {
                one(k);
            }
        }
    }
    for (; i < n; ++i) {
        one(i);
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

cv::Rect visible_part(const cv::Mat& rgba) {
    const auto width = static_cast<std::size_t>(rgba.cols);
    cv::Rect all;
    for (int y = 0; y < rgba.rows; ++y) {
        const pixel_row::Span span = pixel_row::visible(rgba.ptr(y), width);
        if (!span.empty()) {
            all |= cv::Rect(static_cast<int>(span.begin), y, static_cast<int>(span.size()), 1);
        }
    }
    return all;
}

}  // namespace closet
