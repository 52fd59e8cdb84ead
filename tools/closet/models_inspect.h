#pragma once

#include "command.h"

namespace closet {

/// `closet models inspect`: what a model file is and whether it can be used.
Command add_models_inspect(CLI::App& models);

}  // namespace closet
