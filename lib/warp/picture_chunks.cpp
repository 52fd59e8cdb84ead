#include "warp/picture_chunks.h"

#include <algorithm>

namespace closet {
namespace {

using Bytes = std::span<const std::uint8_t>;

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

}  // namespace

bool has_text(Bytes bytes, std::size_t at, std::string_view text) {
    return at + text.size() <= bytes.size() &&
           std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char c, std::uint8_t b) { return static_cast<std::uint8_t>(c) == b; });
}

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

}  // namespace closet
