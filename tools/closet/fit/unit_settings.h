#pragma once

#include <CLI/CLI.hpp>

#include "closet/fit/fit_options.h"
#include "fit/units/unit_folder.h"

namespace closet {

/// What the frames of a rendering depend on, beside the clip and the files that it reads: every
/// setting as it was given or is by default, and this program. `fit`: the parsed command.
UnitSettings unit_settings(const FitCommandOptions& options, const CLI::App& fit);

/// Adds who wears what, and what the files hold that are read beside the clip.
void add_files(UnitSettings& settings, const FitCommandOptions& options);

}  // namespace closet
