#pragma once

#include <filesystem>

#include "models/ranges/range_table.h"

namespace closet {

/// Note [Known ranges]
/// int8 needs to know between which numbers a network's values lie on usual pictures. For the
/// networks of the manifest that are pose networks or detectors the program has a table inside
/// (models/int8-ranges.txt). Others are measured by `closet models calibrate`, which writes a table
/// of the user's own into the models folder; what is in both is taken from there.
///
/// Values are known by the weights that they are computed by (value_keys), so the tables name no
/// networks: a network whose weights were trained further is not taken for the old one.

/// int8-ranges.txt in models_folder(). May not exist. Throws ConfigError as models_folder() does.
std::filesystem::path own_ranges_file();

/// The user's table; empty where there is none. Throws ModelError where the file cannot be read, is
/// none, or has more than 64 MB.
RangeTable own_ranges();

/// Both tables. Throws as own_ranges() does.
RangeTable known_ranges();

}  // namespace closet
