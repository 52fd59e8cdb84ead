#pragma once

#include <vector>

#include <CLI/CLI.hpp>

#include "core/option.h"

namespace closet {

/// Declares options of the library to the parser, under their groups of the help. What their values
/// point to must outlive the parsing. Given twice, the later one counts, but for those that repeat:
/// a flag overrides the configuration file.
CLI::Option* add_option(CLI::App& app, const Option& option);
void add_options(CLI::App& app, const std::vector<Option>& options);

/// True of an option without a value.
bool is_flag(const CLI::Option& option);

}  // namespace closet
