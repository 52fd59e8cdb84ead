#pragma once

#include <filesystem>
#include <string>

#include "core/garment.h"

namespace closet {

/// Reads kind and anchors of a garment whose `rgba` is at the picture's stored size. Throws
/// ConfigError; see load_garment for the rules. Returns whether the file names a kind.
bool read_anchors(const std::filesystem::path& json, Garment& garment);

/// The text of such a file: what read_anchors reads, coordinates to a tenth of a pixel.
std::string anchors_text(const Garment& garment);

/// Sets left_shoulder and right_shoulder from the outline: the ends of the widest row in the top
/// fifth of the visible part (the whole picture where nothing is visible), as the reference system
/// has it. They are at least one pixel apart.
void set_default_shoulders(Garment& garment);

}  // namespace closet
