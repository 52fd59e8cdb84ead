#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

/// What is done to rows of `n` pixels R G B A of 8 bits. Most of a patch is either opaque or
/// transparent, so whole blocks of either kind are passed over.
namespace closet::pixel_row {

/// Pixels from `begin` up to, not including, `end`.
struct Span {
    std::size_t begin = 0, end = 0;

    bool empty() const { return begin >= end; }
    std::size_t size() const { return empty() ? 0 : end - begin; }
};

/// The smallest one that holds both.
inline Span joined(Span a, Span b) {
    return a.empty()   ? b
           : b.empty() ? a
                       : Span{a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

/// From the first to the last pixel whose alpha is not 0; empty where there is none.
Span visible(const std::uint8_t* rgba, std::size_t n);

/// Divides colors by alpha (255 = 1), rounded and limited.
void unpremultiply(std::uint8_t* rgba, std::size_t n);

/// Multiplies R, G, B and A by `gains` of 0 .. 2 with kGainBits fraction bits, rounded and limited.
inline constexpr int kGainBits = 12;
void scale(std::uint8_t* rgba, std::size_t n, const std::array<std::int16_t, 4>& gains);

/// Multiplies alpha by 1 - kept / (255 * weights_of(2)), rounded to nearest.
void fade(std::uint8_t* rgba, std::size_t n, const std::uint16_t* kept);

/// Lays black of alpha `share` / 256 * sums / weights under the colors; `weights` is a power of 2.
void lay_under(std::uint8_t* rgba, std::size_t n, const std::uint16_t* sums, int weights,
               int share);

/// What the weights of `enlarge` add up to.
constexpr int weights_of(int step) {
    return 4 * step * step;
}

/// Enlarges a plane by interpolation: `sums` of the step * n pixels of row step * j + phase, times
/// weights_of(step), from the samples of row j (`near`) and of the row beside it on that side
/// (`far`; at the plane's edge `near`). `step` is 2, 4 or 8; `buffer` has n + 2 elements.
void enlarge(const std::uint8_t* near, const std::uint8_t* far, int step, int phase, std::size_t n,
             std::uint16_t* buffer, std::uint16_t* sums);

/// The same in two steps: first across, for step * n pixels of row j, then between two such rows.
void widen(const std::uint8_t* row, int step, std::size_t n, std::uint16_t* wide);
void between(const std::uint16_t* near, const std::uint16_t* far, int step, int phase,
             std::size_t n, std::uint16_t* sums);

}  // namespace closet::pixel_row
