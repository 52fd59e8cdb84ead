#include "warp/picture_header.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace closet {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool has(Bytes bytes, std::size_t at, std::string_view text) {
    return at + text.size() <= bytes.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

/// `count` bytes at `at` as a number; 0 where the file is too short.
std::uint64_t number(Bytes bytes, std::uint64_t at, int count, bool big_endian) {
    if (at > bytes.size() || bytes.size() - at < static_cast<std::size_t>(count)) {
        return 0;
    }
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
        const int from = big_endian ? i : count - 1 - i;
        value = value << 8 | bytes[static_cast<std::size_t>(at) + static_cast<std::size_t>(from)];
    }
    return value;
}

/// The first value of a tag in the first directory of a TIFF stream (a TIFF file, or EXIF data),
/// classic or BigTIFF; 0 where it has none.
std::uint64_t tiff_tag(Bytes bytes, std::uint64_t tag) {
    const bool big_endian = has(bytes, 0, "MM");
    const bool big_tiff = number(bytes, 2, 2, big_endian) == 43;
    const int offset_bytes = big_tiff ? 8 : 4;
    const std::uint64_t directory = number(bytes, big_tiff ? 8 : 4, offset_bytes, big_endian);
    const int count_bytes = big_tiff ? 8 : 2;
    const std::uint64_t entry_bytes = big_tiff ? 20 : 12;
    if (directory >= bytes.size()) {
        return 0;
    }
    const std::uint64_t count = std::min<std::uint64_t>(
        number(bytes, directory, count_bytes, big_endian), bytes.size() / entry_bytes);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t entry =
            directory + static_cast<std::uint64_t>(count_bytes) + i * entry_bytes;
        if (number(bytes, entry, 2, big_endian) == tag) {
            constexpr std::uint64_t kShort = 3;
            const bool is_short = number(bytes, entry + 2, 2, big_endian) == kShort;
            const std::uint64_t value = entry + 4 + static_cast<std::uint64_t>(offset_bytes);
            return number(bytes, value, is_short ? 2 : 4, big_endian);
        }
    }
    return 0;
}

int exif_orientation(Bytes exif) {
    constexpr std::uint64_t kOrientation = 0x112;
    if (has(exif, 0, std::string_view("Exif\0\0", 6))) {
        exif = exif.subspan(6);
    }
    const std::uint64_t value = tiff_tag(exif, kOrientation);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

/// The data of the first chunk called `name`, in a list of (length, name, data, trailer) as in PNG
/// or (name, length, data, padding) as in RIFF; nothing where there is none.
std::optional<Bytes> find_chunk(Bytes bytes, std::uint64_t at, std::string_view name, bool png) {
    while (at + 8 <= bytes.size()) {
        const std::uint64_t length = number(bytes, at + (png ? 0 : 4), 4, png);
        if (length > bytes.size() - at - 8) {
            return std::nullopt;
        }
        if (has(bytes, static_cast<std::size_t>(at) + (png ? 4 : 0), name)) {
            return bytes.subspan(static_cast<std::size_t>(at) + 8,
                                 static_cast<std::size_t>(length));
        }
        at += 8 + length + (png ? 4 : length % 2);  // PNG: a checksum follows; RIFF: even length
    }
    return std::nullopt;
}

PictureHeader png_header(Bytes bytes) {
    constexpr std::uint64_t kFirstChunk = 8;
    PictureHeader header{PictureFormat::kPng, number(bytes, 16, 4, true),
                         number(bytes, 20, 4, true)};
    header.complete = find_chunk(bytes, kFirstChunk, "IEND", true).has_value();
    header.orientation =
        exif_orientation(find_chunk(bytes, kFirstChunk, "eXIf", true).value_or(Bytes{}));
    return header;
}

/// Segments up to the first scan: marker, length with its own two bytes, data (ITU-T T.81, annex
/// B).
PictureHeader jpeg_header(Bytes bytes) {
    PictureHeader header{PictureFormat::kJpeg};
    std::size_t at = 2;
    while (at + 4 <= bytes.size() && bytes[at] == 0xff) {
        const std::uint8_t marker = bytes[at + 1];
        if (marker == 0xff) {  // fill byte
            ++at;
            continue;
        }
        const auto length = static_cast<std::size_t>(number(bytes, at + 2, 2, true));
        if (length < 2 || length > bytes.size() - at - 2) {
            break;
        }
        const Bytes data = bytes.subspan(at + 4, length - 2);
        // Start of frame: all from C0 to CF but tables (C4, CC) and an extension (C8).
        const bool is_frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame && header.width == 0) {
            header.height = number(data, 1, 2, true);
            header.width = number(data, 3, 2, true);
        }
        if (marker == 0xe1 && has(data, 0, std::string_view("Exif\0\0", 6))) {
            header.orientation = exif_orientation(data);
        }
        at += 2 + length;
        if (marker == 0xda) {  // the scan: what follows is picture data up to the end marker
            constexpr std::array<std::uint8_t, 2> kEnd{0xff, 0xd9};
            const Bytes rest = bytes.subspan(at);
            header.complete =
                std::search(rest.begin(), rest.end(), kEnd.begin(), kEnd.end()) != rest.end();
            return header;
        }
    }
    header.complete = false;
    return header;
}

/// The container's three layouts: simple lossy, simple lossless, extended (RFC 9649).
PictureHeader webp_header(Bytes bytes) {
    constexpr std::uint64_t kFirstChunk = 12;
    PictureHeader header{PictureFormat::kWebp};
    header.complete = number(bytes, 4, 4, false) + 8 <= bytes.size();
    header.orientation =
        exif_orientation(find_chunk(bytes, kFirstChunk, "EXIF", false).value_or(Bytes{}));
    if (const auto lossy = find_chunk(bytes, kFirstChunk, "VP8 ", false)) {
        header.width = number(*lossy, 6, 2, false) & 0x3fff;
        header.height = number(*lossy, 8, 2, false) & 0x3fff;
    }
    if (const auto lossless = find_chunk(bytes, kFirstChunk, "VP8L", false)) {
        const std::uint64_t bits = number(*lossless, 1, 4, false);
        header.width = (bits & 0x3fff) + 1;
        header.height = (bits >> 14 & 0x3fff) + 1;
    }
    if (const auto extended = find_chunk(bytes, kFirstChunk, "VP8X", false)) {
        header.width = std::max(header.width, number(*extended, 4, 3, false) + 1);
        header.height = std::max(header.height, number(*extended, 7, 3, false) + 1);
    }
    return header;
}

PictureHeader tiff_header(Bytes bytes) {
    constexpr std::uint64_t kWidth = 0x100;
    constexpr std::uint64_t kLength = 0x101;
    return PictureHeader{PictureFormat::kTiff, tiff_tag(bytes, kWidth), tiff_tag(bytes, kLength)};
}

}  // namespace

std::string_view to_string(PictureFormat format) {
    switch (format) {
        case PictureFormat::kPng:
            return "PNG";
        case PictureFormat::kJpeg:
            return "JPEG";
        case PictureFormat::kWebp:
            return "WebP";
        case PictureFormat::kTiff:
            return "TIFF";
    }
    return "unknown";
}

std::optional<PictureHeader> read_picture_header(std::span<const std::uint8_t> bytes) {
    if (has(bytes, 0, "\x89PNG\r\n\x1a\n")) {
        return png_header(bytes);
    }
    if (has(bytes, 0, "\xff\xd8\xff")) {
        return jpeg_header(bytes);
    }
    if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) {
        return webp_header(bytes);
    }
    for (const std::string_view magic :
         {std::string_view("II*\0", 4), std::string_view("MM\0*", 4), std::string_view("II+\0", 4),
          std::string_view("MM\0+", 4)}) {
        if (has(bytes, 0, magic)) {
            return tiff_header(bytes);
        }
    }
    return std::nullopt;
}

}  // namespace closet
