#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "core/garment.h"

namespace closet {

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
/// of what covers the legs
/// - left_waist, right_waist: of trousers and skirts the upper corners, the ends of the waistband
/// - left_hip, right_hip: on the sides, at the height of the wearer's hip joints
/// - crotch: where the legs part
/// - left_knee_outer, left_knee_inner, right_knee_outer, right_knee_inner: on the edges of a leg,
///   at the height of the wearer's knee
/// - left_leg_outer, left_leg_inner, right_leg_outer, right_leg_inner: ends of a leg
/// - left_hem, right_hem: lower corners of skirts and dresses, too
std::span<const std::string_view> anchor_names();

/// "top", "trousers" and so on: a garment's kind in its JSON file.
std::string_view to_string(GarmentKind kind);
std::optional<GarmentKind> kind_named(std::string_view name);
/// All of them as a user reads them: "top, outerwear, ... or jumpsuit".
std::string kind_names();

/// "sleeveless", "short" or "long": the sleeves in that file.
std::string_view to_string(Sleeves sleeves);

/// The anchors file that belongs to a garment's picture.
std::filesystem::path anchors_file_of(const std::filesystem::path& picture);

/// What a JSON file says besides its anchors; the rest is to be found.
struct GivenParts {
    bool kind = false;
    bool sleeves = false;
    bool open_front = false;
};

/// Reads kind, sleeves and anchors of a garment whose `rgba` is at the picture's stored size. What
/// the file does not say stays as it is. Throws ConfigError; see load_garment for the rules.
GivenParts read_anchors(const std::filesystem::path& json, Garment& garment);

/// The same of the JSON object that was in a file, whatever else it holds.
GivenParts read_parts(const std::filesystem::path& file, const nlohmann::json& document,
                      Garment& garment);

/// The text of such a file: what read_anchors reads, coordinates to a tenth of a pixel.
std::string anchors_text(const Garment& garment);

}  // namespace closet
