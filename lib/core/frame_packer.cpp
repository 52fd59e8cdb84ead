#include "core/frame_packer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <functional>
#include <new>
#include <utility>
#include <vector>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/target_clones.h"

namespace closet {
namespace {

constexpr std::size_t kBlock = 32;
using Bytes [[gnu::vector_size(kBlock)]] = std::uint8_t;
using SignedBytes [[gnu::vector_size(kBlock)]] = std::int8_t;
using Words [[gnu::vector_size(kBlock)]] = std::uint64_t;
constexpr std::size_t kWords = kBlock / sizeof(std::uint64_t);

/// Bytes of a piece of memory for packed rows: of all pieces of a frame the last is half empty.
constexpr std::size_t kLeastPiece = std::size_t{1} << 16;

/// Words are written whole and overlap: the last one may reach so far behind the end.
constexpr std::size_t kOverlap = sizeof(std::uint64_t);

/// The low bits of a word, below 64 of them, and the same in each part of so many bits.
constexpr std::uint64_t low_bits(unsigned count, std::uint64_t in_each_part = 1) {
    return ((std::uint64_t{1} << count) - 1) * in_each_part;
}
constexpr std::uint64_t kIn16 = 0x0001000100010001U, kIn32 = 0x0000000100000001U;

/// Writes how many bits a byte's difference from the byte above takes in this block, and these
/// bits: 1 to 33 bytes. The bytes of a word move together in pairs, three times; there is no
/// branch, since the next block's bits are hard to foretell.
CLOSET_INTO_KERNEL void pack_block(const std::uint8_t* row, const std::uint8_t* above,
                                   std::uint8_t*& to) {
    Bytes own, over;  // GCC warns of functions that return such vectors
    std::memcpy(&own, row, sizeof own);
    std::memcpy(&over, above, sizeof over);
    const Bytes difference = own - over;
    const auto is_negative = reinterpret_cast<Bytes>(reinterpret_cast<SignedBytes>(difference) < 0);
    // 0, -1, 1, -2, 2, ... become 0, 1, 2, 3, 4, ...
    auto words = reinterpret_cast<Words>((difference + difference) ^ is_negative);
    std::uint64_t any = words[0] | words[1] | words[2] | words[3];
    any |= any >> 32;
    any |= any >> 16;
    any |= any >> 8;
    const auto bits = static_cast<unsigned>(std::bit_width(any & 0xFF));
    *to++ = static_cast<std::uint8_t>(bits);
    const std::uint64_t odd8 = low_bits(8, kIn16) << 8, odd16 = low_bits(16, kIn32) << 16;
    const std::uint64_t odd32 = low_bits(32) << 32;
    words = (words & ~odd8) | (words & odd8) >> (8 - bits);
    words = (words & ~odd16) | (words & odd16) >> (16 - 2 * bits);
    words = (words & ~odd32) | (words & odd32) >> (32 - 4 * bits);
    for (std::size_t i = 0; i < kWords; ++i) {
        const std::uint64_t word = words[i];
        std::memcpy(to, &word, sizeof word);
        to += bits;
    }
}

CLOSET_INTO_KERNEL void unpack_block(const std::uint8_t*& from, const std::uint8_t* above,
                                     std::uint8_t* row) {
    const unsigned bits = *from++;
    Words words{};
    for (std::size_t i = 0; i < kWords; ++i) {
        std::uint64_t word;
        std::memcpy(&word, from, sizeof word);
        words[i] = word;
        from += bits;
    }
    const std::uint64_t even32 = low_bits(4 * bits), even16 = low_bits(2 * bits, kIn32);
    const std::uint64_t even8 = low_bits(bits, kIn16);
    words &= even32 | even32 << 4 * bits;
    words = (words & even32) | (words & ~even32) << (32 - 4 * bits);
    words = (words & even16) | (words & ~even16) << (16 - 2 * bits);
    words = (words & even8) | (words & ~even8) << (8 - bits);
    const auto codes = reinterpret_cast<Bytes>(words);
    Bytes bytes;
    std::memcpy(&bytes, above, sizeof bytes);
    bytes += (codes >> 1) ^ -(codes & 1);
    std::memcpy(row, &bytes, sizeof bytes);
}

CLOSET_TARGET_CLONES
std::uint8_t* pack_row(const std::uint8_t* row, const std::uint8_t* above, std::size_t bytes,
                       std::uint8_t* to) {
    std::size_t i = 0;
    for (; i + kBlock <= bytes; i += kBlock) {
        pack_block(row + i, above + i, to);
    }
    if (i < bytes) {
        std::array<std::uint8_t, kBlock> rest{}, rest_above{};
        std::memcpy(rest.data(), row + i, bytes - i);
        std::memcpy(rest_above.data(), above + i, bytes - i);
        pack_block(rest.data(), rest_above.data(), to);
    }
    return to;
}

CLOSET_TARGET_CLONES
const std::uint8_t* unpack_row(const std::uint8_t* from, const std::uint8_t* above,
                               std::size_t bytes, std::uint8_t* row) {
    std::size_t i = 0;
    for (; i + kBlock <= bytes; i += kBlock) {
        unpack_block(from, above + i, row + i);
    }
    if (i < bytes) {
        std::array<std::uint8_t, kBlock> rest{}, rest_above{};
        std::memcpy(rest_above.data(), above + i, bytes - i);
        unpack_block(from, rest_above.data(), rest.data());
        std::memcpy(row + i, rest.data(), bytes - i);
    }
    return from;
}

/// Calls visit(first row, line size in bytes, bytes of a row that count, rows) for each plane.
/// `layout`: has the format and the size.
template <class Visit>
void for_each_plane(const AVFrame& layout, const AVFrame& image, Visit visit) {
    const auto format = static_cast<AVPixelFormat>(layout.format);
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        const bool is_chroma =
            (plane == 1 || plane == 2) && (descriptor.flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const int rows =
            is_chroma ? AV_CEIL_RSHIFT(layout.height, descriptor.log2_chroma_h) : layout.height;
        visit(image.data[plane], static_cast<std::ptrdiff_t>(image.linesize[plane]),
              static_cast<std::size_t>(av_image_get_linesize(format, layout.width, plane)), rows);
    }
}

/// A row takes no more, with what may be written or read behind it.
std::size_t most_packed(std::size_t row_bytes) {
    return (row_bytes / kBlock + 1) * (kBlock + 1) + kOverlap;
}

/// Walks over pieces of memory of equal size, which hold whole rows. `next`: the next piece.
class Pieces {
  public:
    Pieces(std::size_t size, std::function<std::uint8_t*()> next)
        : size_(size), next_(std::move(next)) {}

    /// Where the next row of so many bytes begins; `end_row` tells where it ended.
    std::uint8_t* begin_row(std::size_t row_bytes) {
        if (at_ == nullptr || left_ < most_packed(row_bytes)) {
            at_ = next_();
            left_ = size_;
        }
        return at_;
    }
    void end_row(const std::uint8_t* end) {
        const auto used = static_cast<std::size_t>(end - at_);
        at_ += used;
        left_ -= used;
    }

  private:
    std::size_t size_, left_ = 0;
    std::function<std::uint8_t*()> next_;
    std::uint8_t* at_ = nullptr;
};

/// The longest row of a picture in bytes. `layout`: has the format and the size.
std::size_t longest_row(const AVFrame& layout) {
    std::size_t longest = 0;
    for_each_plane(layout, layout, [&](const auto*, std::ptrdiff_t, std::size_t bytes, int) {
        longest = std::max(longest, bytes);
    });
    return longest;
}

}  // namespace

AvBuffer FramePacker::new_piece(std::size_t longest) {
    if (!pieces_ || piece_size_ < most_packed(longest)) {
        piece_size_ = std::max(kLeastPiece, 4 * most_packed(longest));
        pieces_.reset(av_buffer_pool_init(piece_size_, nullptr));
    }
    AvBuffer piece(pieces_ ? av_buffer_pool_get(pieces_.get()) : nullptr);
    if (!piece) {
        throw std::bad_alloc();
    }
    return piece;
}

void FramePacker::pack(Frame& frame) {
    const AVFrame& image = *frame.image;
    if (image.buf[0] == nullptr || image.hw_frames_ctx != nullptr) {
        return;
    }
    const std::size_t longest = longest_row(image);
    std::vector<AvBuffer> packed;
    packed.push_back(new_piece(longest));
    bool is_first = true;
    Pieces pieces(piece_size_, [&] {
        if (!std::exchange(is_first, false)) {
            packed.push_back(new_piece(longest));
        }
        return packed.back()->data;
    });
    const std::vector<std::uint8_t> black(longest);
    for_each_plane(image, image,
                   [&](const std::uint8_t* row, std::ptrdiff_t step, std::size_t bytes, int rows) {
                       const std::uint8_t* above = black.data();
                       for (int y = 0; y < rows; ++y) {
                           pieces.end_row(pack_row(row, above, bytes, pieces.begin_row(bytes)));
                           above = row;
                           row += step;
                       }
                   });
    AvFrame properties = without_pixels(image);
    frame.packed = std::move(packed);
    frame.image = std::move(properties);
    frame.count();
}

void unpack(Frame& frame, FramePool& pool) {
    if (frame.packed.empty()) {
        return;
    }
    const AVFrame& properties = *frame.image;
    AvFrame image = pool.get(static_cast<AVPixelFormat>(properties.format), properties.width,
                             properties.height);
    av_check(av_frame_copy_props(image.get(), &properties), "cannot copy a frame's properties");
    const std::vector<std::uint8_t> black(longest_row(*image));
    auto piece = frame.packed.begin();
    Pieces pieces(frame.packed.front()->size, [&] { return (*piece++)->data; });
    for_each_plane(*image, *image,
                   [&](std::uint8_t* row, std::ptrdiff_t step, std::size_t bytes, int rows) {
                       const std::uint8_t* above = black.data();
                       for (int y = 0; y < rows; ++y) {
                           pieces.end_row(unpack_row(pieces.begin_row(bytes), above, bytes, row));
                           above = row;
                           row += step;
                       }
                   });
    frame.packed.clear();
    frame.image = std::move(image);
    frame.count();
}

}  // namespace closet
