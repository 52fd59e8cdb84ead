#pragma once

#include "closet/command.h"

namespace closet {

/// `closet garment find`: the garments of a folder that fit a text or a picture.
Command add_garment_find(CLI::App& garment);

}  // namespace closet
