#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "core/garment.h"

namespace closet {

/// What is accepted from outside. Larger pictures are refused before they are decoded.
inline constexpr std::uint64_t kMaxGarmentPixels = 64'000'000;
inline constexpr std::uint64_t kMaxGarmentFileBytes = 256'000'000;
/// Longer garments are shrunk to this many pixels on the long side: more than a body's height in
/// a 4K frame.
inline constexpr int kMaxGarmentSide = 2048;

/// The anchor names that a garment's JSON file may hold, in garment pixels, "left" being the
/// wearer's left (on the right of the picture):
/// - left_shoulder, right_shoulder: where the shoulders' outermost points sit, at the height of the
///   wearer's shoulder joints; their distance is that of the joints times 1.25
/// - collar: the lowest point of the neckline, in front
/// - left_neck, right_neck: where the shoulder seams meet the neckline
/// - left_armpit, right_armpit; left_hem, right_hem: corners of the body
/// - left_cuff_outer, left_cuff_inner, right_cuff_outer, right_cuff_inner: ends of the sleeves
std::span<const std::string_view> anchor_names();

/// Reads a garment: a PNG, WebP or TIFF picture with transparency, 8 or 16 bit, colour or grey,
/// turned upright by its EXIF orientation, and beside it NAME.json where there is one:
///
///     {"kind": "short", "anchors": {"left_shoulder": [805, 190], "right_shoulder": [218, 190]}}
///
/// `kind` is sleeveless, short or long. Both keys are optional, unknown ones are errors, points lie
/// within the picture (as stored in the file, after orientation), and both shoulders are given or
/// none. Without them, the shoulders are the ends of the widest row of the top fifth of what is
/// visible. A picture that is transparent everywhere is a garment too, an invisible one.
///
/// Throws MediaError for a picture that cannot be read or is too large, ConfigError for one without
/// transparency and for a JSON file that breaks the rules.
std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path);

}  // namespace closet
