#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace closet {

/// Readers of what picture files are made of. All of them read only inside `bytes`, whatever those
/// hold.

/// True where `text` stands at `at`.
bool has_text(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view text);

/// `count` bytes at `at` as a number; 0 where the file is too short.
std::uint64_t number_at(std::span<const std::uint8_t> bytes, std::uint64_t at, int count,
                        bool big_endian);

/// The data of the first chunk called `name`, in a list of (length, name, data, trailer) as in PNG
/// or (name, length, data, padding) as in RIFF; nothing where there is none.
std::optional<std::span<const std::uint8_t>> find_chunk(std::span<const std::uint8_t> bytes,
                                                        std::uint64_t at, std::string_view name,
                                                        bool png);
inline constexpr std::uint64_t kFirstPngChunk = 8, kFirstWebpChunk = 12;

/// The first value of a tag in the first directory of a TIFF stream (a TIFF file, or EXIF data),
/// classic or BigTIFF; 0 where it has none.
std::uint64_t tiff_tag(std::span<const std::uint8_t> bytes, std::uint64_t tag);

/// The bytes of a tag that is a list of more bytes than its entry holds.
std::optional<std::span<const std::uint8_t>> tiff_data(std::span<const std::uint8_t> bytes,
                                                       std::uint64_t tag);
inline constexpr std::uint64_t kTiffProfile = 34675;

/// Calls `take(marker, data)` for a JPEG's segments up to its first scan, the scan's header too
/// (ITU-T T.81, annex B). Gives the place behind that header; 0 where the file ends before.
template <class Take>
std::size_t for_each_jpeg_segment(std::span<const std::uint8_t> bytes, const Take& take) {
    constexpr std::uint8_t kScan = 0xda;
    std::size_t at = 2;
    while (at + 4 <= bytes.size() && bytes[at] == 0xff) {
        const std::uint8_t marker = bytes[at + 1];
        if (marker == 0xff) {  // fill byte
            ++at;
            continue;
        }
        const auto length = static_cast<std::size_t>(number_at(bytes, at + 2, 2, true));
        if (length < 2 || length > bytes.size() - at - 2) {
            break;
        }
        take(marker, bytes.subspan(at + 4, length - 2));
        at += 2 + length;
        if (marker == kScan) {
            return at;
        }
    }
    return 0;
}

}  // namespace closet
