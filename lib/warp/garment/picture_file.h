#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace closet {

/// The formats of picture that are read.
enum class PictureFormat { kPng, kJpeg, kWebp, kTiff };

/// The name of a format for messages, "JPEG" say.
std::string_view to_string(PictureFormat format);

/// What the first bytes of a picture file say, read before any decoder allocates memory for it.
struct PictureHeader {
    PictureFormat format = PictureFormat::kPng;
    std::uint64_t width = 0, height = 0;  ///< pixels as stored; 0 where the header is damaged
    bool complete = true;                 ///< false where a PNG, JPEG or WebP is seen to be cut off
    int orientation = 1;                  ///< EXIF 1..8
};

/// Recognizes PNG, JPEG, WebP and TIFF by their first bytes; nothing for any other format. Reads
/// only inside `bytes`, whatever they hold.
std::optional<PictureHeader> read_picture_header(std::span<const std::uint8_t> bytes);

/// The ICC profile that a picture file carries: PNG's iCCP, JPEG's APP2 segments (ICC.1, annex B),
/// WebP's ICCP, TIFF's tag 34675. Empty where there is none or where it is damaged. Reads only
/// inside `file`, and no profile of more than 16 MB.
std::vector<std::uint8_t> embedded_profile(std::span<const std::uint8_t> file,
                                           PictureFormat format);

}  // namespace closet
