#include "warp/mesh/texture_places.h"

#include <bit>
#include <cstring>

#include "warp/paint/kernel.h"

namespace closet::mesh {
namespace {

using kernel::Bytes16;
using kernel::Halves;
using kernel::Words8;
using Words16 [[gnu::vector_size(32)]] = std::uint16_t;  ///< four pixels

constexpr std::size_t kBlock = 4;  ///< pixels that are painted at once
constexpr std::uint64_t kOpaquePair = 0xFF000000FF000000;

/// Two pixels each from two places, as words.
CLOSET_INTO_KERNEL void load_four(const std::uint8_t* one, const std::uint8_t* other,
                                  Words16& words) {
    Halves raw;
    std::uint64_t half;
    std::memcpy(&half, one, sizeof half);
    raw[0] = half;
    std::memcpy(&half, other, sizeof half);
    raw[1] = half;
    words = __builtin_convertvector(std::bit_cast<Bytes16>(raw), Words16);
}

/// Between `a` and `b`, words of 8 bits, by `weight` of 256, rounded (kernel::mix_words).
#define CLOSET_MIX(a, b, weight) ((((a) << 8) + ((b) - (a)) * (weight) + std::uint16_t{128}) >> 8)

/// Paints four pixels over those at `out`. Where the offset is negative, nothing.
CLOSET_INTO_KERNEL void paint_block(std::uint8_t* out, const std::uint8_t* texture,
                                    std::ptrdiff_t stride, const std::int32_t* offsets,
                                    const std::uint32_t* weights) {
    if ((offsets[0] & offsets[1] & offsets[2] & offsets[3]) < 0) {
        return;
    }
    const std::uint8_t* from[kBlock];
    const bool is_whole = (offsets[0] | offsets[1] | offsets[2] | offsets[3]) >= 0;
    for (std::size_t k = 0; k < kBlock; ++k) {
        from[k] = texture + (is_whole ? offsets[k] : std::max(offsets[k], 0));
    }
    // Pixels 0 and 2, 1 and 3, each with its right neighbor, interpolated vertically.
    Words16 top02, low02, top13, low13;
    load_four(from[0], from[2], top02);
    load_four(from[1], from[3], top13);
    load_four(from[0] + stride, from[2] + stride, low02);
    load_four(from[1] + stride, from[3] + stride, low13);
    Words8 weight;  // across, down of each pixel
    std::memcpy(&weight, weights, sizeof weight);
    const Words16 down02 =
        __builtin_shufflevector(weight, weight, 1, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5);
    const Words16 down13 =
        __builtin_shufflevector(weight, weight, 3, 3, 3, 3, 3, 3, 3, 3, 7, 7, 7, 7, 7, 7, 7, 7);
    const Words16 at02 = CLOSET_MIX(top02, low02, down02);
    const Words16 at13 = CLOSET_MIX(top13, low13, down13);
    const Words16 left = __builtin_shufflevector(at02, at13, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10,
                                                 11, 24, 25, 26, 27);
    const Words16 right = __builtin_shufflevector(at02, at13, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13,
                                                  14, 15, 28, 29, 30, 31);
    const Words16 across =
        __builtin_shufflevector(weight, weight, 0, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6);
    Words16 source = CLOSET_MIX(left, right, across);
    const auto four = __builtin_convertvector(source, Bytes16);
    const auto pairs = std::bit_cast<Halves>(four);
    if (is_whole && (pairs[0] & pairs[1] & kOpaquePair) == kOpaquePair) {
        std::memcpy(out, &four, sizeof four);
        return;
    }
    if (!is_whole) {
        using Counts [[gnu::vector_size(32)]] = std::int64_t;
        const Counts wanted{offsets[0] >= 0 ? -1 : 0, offsets[1] >= 0 ? -1 : 0,
                            offsets[2] >= 0 ? -1 : 0, offsets[3] >= 0 ? -1 : 0};
        source &= reinterpret_cast<Words16>(wanted);
    }
    // source + canvas * (255 - source alpha) / 255
    Words16 canvas;
    load_four(out, out + 8, canvas);
    const Words16 alpha = __builtin_shufflevector(source, source, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11,
                                                  11, 11, 15, 15, 15, 15);
    const Words16 product = canvas * (std::uint16_t{255} - alpha) + std::uint16_t{128};
    const Words16 painted = source + ((product + (product >> 8)) >> 8);
    const auto bytes = __builtin_convertvector(painted, Bytes16);
    std::memcpy(out, &bytes, sizeof bytes);
}
#undef CLOSET_MIX

/// Paints `n` pixels; places of whole fours of pixels are read.
CLOSET_TARGET_CLONES
void paint_row(std::uint8_t* out, std::size_t n, const std::uint8_t* texture, std::ptrdiff_t stride,
               const std::int32_t* offsets, const std::uint32_t* weights) {
    std::size_t i = 0;
    for (; i + kBlock <= n; i += kBlock) {
        paint_block(out + 4 * i, texture, stride, offsets + i, weights + i);
    }
    if (i < n) {
        std::array<std::uint8_t, 4 * kBlock> last{};
        std::memcpy(last.data(), out + 4 * i, 4 * (n - i));
        paint_block(last.data(), texture, stride, offsets + i, weights + i);
        std::memcpy(out + 4 * i, last.data(), 4 * (n - i));
    }
}

}  // namespace

TexturePlaces::TexturePlaces(const PixelView& texture, const PixelView& canvas)
    : texture_(texture),
      canvas_(canvas),
      width_(static_cast<std::size_t>(canvas.columns) + kAtOnce),
      top_(-static_cast<int>(kRows)),
      offsets_(kRows * width_, -1),
      weights_(std::make_unique_for_overwrite<std::uint32_t[]>(kRows * width_)) {}

void TexturePlaces::move_to(int y) {
    paint();
    top_ = y - kAbove;
}

void TexturePlaces::paint_if_taken(std::size_t i, int begin, int end) {
    const std::int32_t* row = &offsets_[i * width_];
    if (std::any_of(row + begin, row + end, [](std::int32_t offset) { return offset >= 0; })) {
        paint();
    }
}

void TexturePlaces::paint() {
    for (std::size_t i = 0; i < kRows; ++i) {
        Run& run = runs_[i];
        if (run.begin >= run.end) {
            continue;
        }
        const std::size_t at = i * width_ + static_cast<std::size_t>(run.begin);
        const auto n = static_cast<std::size_t>(run.end - run.begin);
        paint_row(canvas_.data + (top_ + static_cast<std::ptrdiff_t>(i)) * canvas_.stride +
                      4 * std::ptrdiff_t{run.begin},
                  n, texture_.data, texture_.stride, &offsets_[at], &weights_[at]);
        std::fill_n(&offsets_[at], n, -1);
        run = {};
    }
}

}  // namespace closet::mesh
