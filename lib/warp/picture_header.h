#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace closet {

enum class PictureFormat { kPng, kJpeg, kWebp, kTiff };
std::string_view to_string(PictureFormat format);

/// What the first bytes of a picture file say, read before any decoder allocates memory for it.
struct PictureHeader {
    PictureFormat format = PictureFormat::kPng;
    std::uint64_t width = 0, height = 0;  ///< pixels as stored; 0 where the header is damaged
    bool complete = true;                 ///< false where a PNG, JPEG or WebP is seen to be cut off
    int orientation = 1;  ///< EXIF 1..8; always 1 for a TIFF (see `read_picture_header`)
};

/// Recognises PNG, JPEG, WebP and TIFF by their first bytes; nothing for any other format. Reads
/// only inside `bytes`, whatever they hold. A TIFF's orientation is left to its decoder, which
/// applies it.
std::optional<PictureHeader> read_picture_header(std::span<const std::uint8_t> bytes);

}  // namespace closet
