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
/// - left_waist, right_waist: on the body's sides, where the wearer's waist is
/// - left_cuff_outer, left_cuff_inner, right_cuff_outer, right_cuff_inner: ends of the sleeves
/// - left_elbow, right_elbow: on the middle line of long sleeves
std::span<const std::string_view> anchor_names();

/// "sleeveless", "short" or "long": a garment's kind in its JSON file.
std::string_view to_string(GarmentKind kind);

/// Reads a garment: a PNG, JPEG, WebP or TIFF picture, 8 or 16 bit, colour or grey, turned upright
/// by its EXIF orientation.
///
/// A picture without transparency is a product photo: it is cut out of its plain ground (see
/// cut_out), kind and anchors are found on the silhouette (find_anchors), and the inside of the
/// back collar is removed.
///
/// A picture with transparency is taken as it is, and what lies beside it as NAME.json wins:
///
///     {"kind": "short", "anchors": {"left_shoulder": [805, 190], "right_shoulder": [218, 190]}}
///
/// `kind` is sleeveless, short or long. Both keys are optional, unknown ones are errors. Points lie
/// within the picture (as stored in the file, after orientation); of left and right both are given
/// or none, the left one on the right of the picture; shoulders are above armpits, those above the
/// hem. A file that names anchors but no shoulders gets the ends of the widest row of the top fifth
/// of what is visible; where no anchors are named, they are found. A picture that is transparent
/// everywhere is a garment too, an invisible one.
///
/// What is doubtful is logged as a warning. Throws MediaError for a picture that cannot be read or
/// is too large, ConfigError for a photo that cannot be cut out and for a JSON file that breaks the
/// rules.
std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path);

}  // namespace closet
