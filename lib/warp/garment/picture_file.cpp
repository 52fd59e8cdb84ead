#include "warp/garment/picture_file.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <zlib.h>

namespace closet {
namespace {

// Readers of what picture files are made of. All of them read only inside `bytes`, whatever those
// hold.

using Bytes = std::span<const std::uint8_t>;

/// True where `text` stands at `at`.
bool has_text(Bytes bytes, std::size_t at, std::string_view text) {
    return at + text.size() <= bytes.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

/// `count` bytes at `at` as a number; 0 where the file is too short.
std::uint64_t number_at(Bytes bytes, std::uint64_t at, int count, bool big_endian) {
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

constexpr std::uint64_t kFirstPngChunk = 8, kFirstWebpChunk = 12;
constexpr std::uint64_t kTiffProfile = 34675;

/// The data of the first chunk called `name`, in a list of (length, name, data, trailer) as in PNG
/// or (name, length, data, padding) as in RIFF; nothing where there is none.
std::optional<Bytes> find_chunk(Bytes bytes, std::uint64_t at, std::string_view name, bool png) {
    while (at + 8 <= bytes.size()) {
        const std::uint64_t length = number_at(bytes, at + (png ? 0 : 4), 4, png);
        if (length > bytes.size() - at - 8) {
            return std::nullopt;
        }
        if (has_text(bytes, static_cast<std::size_t>(at) + (png ? 4 : 0), name)) {
            return bytes.subspan(static_cast<std::size_t>(at) + 8,
                                 static_cast<std::size_t>(length));
        }
        at += 8 + length + (png ? 4 : length % 2);  // PNG: a checksum follows; RIFF: even length
    }
    return std::nullopt;
}

/// Calls `take(marker, data)` for a JPEG's segments up to its first scan, the scan's header too
/// (ITU-T T.81, annex B). Gives the place behind that header; 0 where the file ends before.
template <class Take>
std::size_t for_each_jpeg_segment(Bytes bytes, const Take& take) {
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

struct TiffEntry {
    bool big_endian = false;
    int offset_bytes = 4;
    std::uint64_t at = 0;  ///< of its type
};

/// The entry of a tag in the first directory of a TIFF stream (a TIFF file, or EXIF data), classic
/// or BigTIFF; nothing where it has none.
std::optional<TiffEntry> find_entry(Bytes bytes, std::uint64_t tag) {
    const bool big_endian = has_text(bytes, 0, "MM");
    const bool big_tiff = number_at(bytes, 2, 2, big_endian) == 43;
    const int offset_bytes = big_tiff ? 8 : 4;
    const std::uint64_t directory = number_at(bytes, big_tiff ? 8 : 4, offset_bytes, big_endian);
    const int count_bytes = big_tiff ? 8 : 2;
    const std::uint64_t entry_bytes = big_tiff ? 20 : 12;
    if (directory >= bytes.size()) {
        return std::nullopt;
    }
    const std::uint64_t count = std::min<std::uint64_t>(
        number_at(bytes, directory, count_bytes, big_endian), bytes.size() / entry_bytes);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t entry =
            directory + static_cast<std::uint64_t>(count_bytes) + i * entry_bytes;
        if (number_at(bytes, entry, 2, big_endian) == tag) {
            return TiffEntry{big_endian, offset_bytes, entry + 2};
        }
    }
    return std::nullopt;
}

/// The first value of a tag in the first directory of a TIFF stream (a TIFF file, or EXIF data),
/// classic or BigTIFF; 0 where it has none.
std::uint64_t tiff_tag(Bytes bytes, std::uint64_t tag) {
    const std::optional<TiffEntry> entry = find_entry(bytes, tag);
    if (!entry) {
        return 0;
    }
    constexpr std::uint64_t kShort = 3;
    const bool is_short = number_at(bytes, entry->at, 2, entry->big_endian) == kShort;
    const std::uint64_t value = entry->at + 2 + static_cast<std::uint64_t>(entry->offset_bytes);
    return number_at(bytes, value, is_short ? 2 : 4, entry->big_endian);
}

/// The bytes of a tag that is a list of more bytes than its entry holds.
std::optional<Bytes> tiff_data(Bytes bytes, std::uint64_t tag) {
    const std::optional<TiffEntry> entry = find_entry(bytes, tag);
    if (!entry) {
        return std::nullopt;
    }
    const std::uint64_t count =
        number_at(bytes, entry->at + 2, entry->offset_bytes, entry->big_endian);
    const std::uint64_t at =
        number_at(bytes, entry->at + 2 + static_cast<std::uint64_t>(entry->offset_bytes),
                  entry->offset_bytes, entry->big_endian);
    if (at > bytes.size() || count > bytes.size() - at) {
        return std::nullopt;
    }
    return bytes.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(count));
}

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
    constexpr std::uint64_t kOrientation = 0x112;
    PictureHeader header{PictureFormat::kTiff, tiff_tag(bytes, kWidth), tiff_tag(bytes, kLength)};
    const std::uint64_t orientation = tiff_tag(bytes, kOrientation);
    header.orientation = orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
    return header;
}

/// A longer ICC profile is not taken.
constexpr std::size_t kMaxProfileBytes = 16U << 20U;

std::vector<std::uint8_t> copy_of(std::optional<Bytes> bytes) {
    return bytes && bytes->size() <= kMaxProfileBytes
               ? std::vector<std::uint8_t>(bytes->begin(), bytes->end())
               : std::vector<std::uint8_t>{};
}

/// Name, a zero, the method (0), then deflated data (PNG, 11.3.3.3).
std::vector<std::uint8_t> png_profile(Bytes file) {
    const Bytes chunk = find_chunk(file, kFirstPngChunk, "iCCP", true).value_or(Bytes{});
    const auto end = std::find(chunk.begin(), chunk.end(), std::uint8_t{0});
    if (chunk.end() - end < 3) {
        return {};
    }
    std::vector<std::uint8_t> profile;
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        return {};
    }
    stream.next_in = const_cast<std::uint8_t*>(&*end + 2);
    stream.avail_in = static_cast<unsigned>(chunk.end() - end - 2);
    int code = Z_OK;
    while (code == Z_OK && profile.size() < kMaxProfileBytes) {
        constexpr std::size_t kStep = 1U << 16U;
        const std::size_t done = profile.size();
        profile.resize(done + kStep);
        stream.next_out = profile.data() + done;
        stream.avail_out = kStep;
        code = inflate(&stream, Z_NO_FLUSH);
        profile.resize(done + kStep - stream.avail_out);
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END ? profile : std::vector<std::uint8_t>{};
}

/// Segments "ICC_PROFILE", a zero, number from 1, count, data; in any order.
std::vector<std::uint8_t> jpeg_profile(Bytes file) {
    constexpr std::string_view kName("ICC_PROFILE\0", 12);
    std::array<Bytes, 256> parts{};
    std::size_t count = 0;
    for_each_jpeg_segment(file, [&](std::uint8_t marker, Bytes data) {
        if (marker == 0xe2 && has_text(data, 0, kName) && data.size() > kName.size() + 2) {
            parts[data[kName.size()]] = data.subspan(kName.size() + 2);
            count = data[kName.size() + 1];
        }
    });
    std::vector<std::uint8_t> profile;
    for (std::size_t i = 1; i <= count; ++i) {
        if (parts[i].empty()) {
            return {};
        }
        profile.insert(profile.end(), parts[i].begin(), parts[i].end());
    }
    return profile;
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

std::vector<std::uint8_t> embedded_profile(Bytes file, PictureFormat format) {
    switch (format) {
        case PictureFormat::kPng:
            return png_profile(file);
        case PictureFormat::kJpeg:
            return jpeg_profile(file);
        case PictureFormat::kWebp:
            return copy_of(find_chunk(file, kFirstWebpChunk, "ICCP", false));
        case PictureFormat::kTiff:
            return copy_of(tiff_data(file, kTiffProfile));
    }
    return {};
}

}  // namespace closet
