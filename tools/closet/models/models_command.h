#pragma once

#include "closet/command.h"

namespace closet {

// The subcommands of `closet models`, one file each or together where they are small.
Command add_models_list(CLI::App& models);
Command add_models_fetch(CLI::App& models);
Command add_models_verify(CLI::App& models);
Command add_models_path(CLI::App& models);
Command add_models_import(CLI::App& models);
Command add_models_restore(CLI::App& models);
Command add_models_remove(CLI::App& models);
Command add_models_calibrate(CLI::App& models);

}  // namespace closet
