#pragma once

#include <cstddef>
#include <cstdint>

namespace closet::blend {

/// Note [Blending]
/// Every function paints one row of `n` samples from `dst` on: dst = (alpha * source + (whole -
/// alpha) * dst) / whole, rounded to nearest in one step. Alpha 0 leaves dst bit for bit as it is,
/// full alpha gives the source. All arithmetic is in integers, so each instruction set and each
/// machine gives the same bits.

/// floor(y / 255), exact for 0 <= y <= 261000 (checked exhaustively in tests/warp).
constexpr std::uint32_t div255(std::uint32_t y) {
    return ((y + 1) * 257 + (y >> 8)) >> 16;
}

/// Source rows of chroma samples are weighted sums over a few pixels: the alphas sum up to
/// `kSumWhole`, and each color is multiplied by the alphas of its pixels.
inline constexpr std::uint32_t kSumWeights = 16;
inline constexpr std::uint32_t kSumWhole = kSumWeights * 255;

/// 8-bit samples `step` apart: 1 (a plane), 3 or 4 (a channel of packed RGB).
void row8(std::uint8_t* dst, std::size_t step, const std::uint8_t* source,
          const std::uint8_t* alpha, std::size_t n);

/// 10-bit samples in 16-bit words, `shift` bits from the right (0, or 6 for p010). The bits below
/// are kept.
void row10(std::uint16_t* dst, int shift, const std::uint16_t* source, const std::uint8_t* alpha,
           std::size_t n);

/// Chroma: `premultiplied` is color x alpha sum (0 .. max sample * kSumWhole).
void sums8(std::uint8_t* dst, const std::int32_t* premultiplied, const std::uint32_t* alpha,
           std::size_t n);
/// The same in 10 bits.
void sums10(std::uint16_t* dst, const std::int32_t* premultiplied, const std::uint32_t* alpha,
            std::size_t n);

/// The same for interleaved U and V (nv12, p010).
void sums8_pair(std::uint8_t* dst, const std::int32_t* u, const std::int32_t* v,
                const std::uint32_t* alpha, std::size_t n);
/// The same in 10 bits, `shift` bits from the right (p010: 6).
void sums10_pair(std::uint16_t* dst, int shift, const std::int32_t* u, const std::int32_t* v,
                 const std::uint32_t* alpha, std::size_t n);

/// Packed RGB with alpha in the last byte (rgba, bgra), where the frame itself may be transparent:
/// Porter-Duff "over" on straight alpha. `first` is the channel stored first, then green, `third`.
void row_with_alpha(std::uint8_t* dst, const std::uint8_t* first, const std::uint8_t* green,
                    const std::uint8_t* third, const std::uint8_t* alpha, std::size_t n);

}  // namespace closet::blend
