#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/option.h"

namespace closet {

/// The flags that every command with settings has.
Option config_option(std::string& config);
Option dry_run_option(bool& dry_run);

/// Puts the settings of `--config FILE` in front of the flags that `arguments` has for `command`,
/// so that a flag overrides the file. A setting whose environment variable is set is left out,
/// which gives the order flag > environment > file > default. `arguments` comes back unchanged when
/// it is for another command or names no file.
///
/// The file is flat TOML: long option names without dashes as keys, optionally under a section
/// named after the subcommand; other subcommands' sections are passed over. Throws ConfigError for
/// a file that cannot be read and for a key that the command does not have.
std::vector<std::string> with_config_file(const CLI::App& command,
                                          std::vector<std::string> arguments);

/// The settings that `command` has after parsing, given or default, as a file that `--config`
/// takes. Settings that are neither given nor have a default are left out.
std::string settings_text(const CLI::App& command);

}  // namespace closet
