#include "warp/picture_header.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "warp/picture_chunks.h"

namespace closet {
namespace {

using Bytes = std::span<const std::uint8_t>;

int exif_orientation(Bytes exif) {
    constexpr std::uint64_t kOrientation = 0x112;
    if (has_text(exif, 0, std::string_view("Exif\0\0", 6))) {
        exif = exif.subspan(6);
    }
    const std::uint64_t value = tiff_tag(exif, kOrientation);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

PictureHeader png_header(Bytes bytes) {
    PictureHeader header{PictureFormat::kPng, number_at(bytes, 16, 4, true),
                         number_at(bytes, 20, 4, true)};
    header.complete = find_chunk(bytes, kFirstPngChunk, "IEND", true).has_value();
    header.orientation =
        exif_orientation(find_chunk(bytes, kFirstPngChunk, "eXIf", true).value_or(Bytes{}));
    return header;
}

PictureHeader jpeg_header(Bytes bytes) {
    PictureHeader header{PictureFormat::kJpeg};
    const std::size_t scan =
        for_each_jpeg_segment(bytes, [&header](std::uint8_t marker, Bytes data) {
            // Start of frame: all from C0 to CF but tables (C4, CC) and an extension (C8).
            const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
                                  marker != 0xc8 && marker != 0xcc;
            if (is_frame && header.width == 0) {
                header.height = number_at(data, 1, 2, true);
                header.width = number_at(data, 3, 2, true);
            }
            if (marker == 0xe1 && has_text(data, 0, std::string_view("Exif\0\0", 6))) {
                header.orientation = exif_orientation(data);
            }
        });
    // What follows is picture data up to the end marker.
    constexpr std::array<std::uint8_t, 2> kEnd{0xff, 0xd9};
    const Bytes rest = bytes.subspan(scan);
    header.complete =
        scan != 0 && std::search(rest.begin(), rest.end(), kEnd.begin(), kEnd.end()) != rest.end();
    return header;
}

/// The container's three layouts: simple lossy, simple lossless, extended (RFC 9649).
PictureHeader webp_header(Bytes bytes) {
    PictureHeader header{PictureFormat::kWebp};
    header.complete = number_at(bytes, 4, 4, false) + 8 <= bytes.size();
    header.orientation =
        exif_orientation(find_chunk(bytes, kFirstWebpChunk, "EXIF", false).value_or(Bytes{}));
    if (const auto lossy = find_chunk(bytes, kFirstWebpChunk, "VP8 ", false)) {
        header.width = number_at(*lossy, 6, 2, false) & 0x3fff;
        header.height = number_at(*lossy, 8, 2, false) & 0x3fff;
    }
    if (const auto lossless = find_chunk(bytes, kFirstWebpChunk, "VP8L", false)) {
        const std::uint64_t bits = number_at(*lossless, 1, 4, false);
        header.width = (bits & 0x3fff) + 1;
        header.height = (bits >> 14 & 0x3fff) + 1;
    }
    if (const auto extended = find_chunk(bytes, kFirstWebpChunk, "VP8X", false)) {
        header.width = std::max(header.width, number_at(*extended, 4, 3, false) + 1);
        header.height = std::max(header.height, number_at(*extended, 7, 3, false) + 1);
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
    if (has_text(bytes, 0, "\x89PNG\r\n\x1a\n")) {
        return png_header(bytes);
    }
    if (has_text(bytes, 0, "\xff\xd8\xff")) {
        return jpeg_header(bytes);
    }
    if (has_text(bytes, 0, "RIFF") && has_text(bytes, 8, "WEBP")) {
        return webp_header(bytes);
    }
    for (const std::string_view magic :
         {std::string_view("II*\0", 4), std::string_view("MM\0*", 4), std::string_view("II+\0", 4),
          std::string_view("MM\0+", 4)}) {
        if (has_text(bytes, 0, magic)) {
            return tiff_header(bytes);
        }
    }
    return std::nullopt;
}

}  // namespace closet
