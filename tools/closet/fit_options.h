#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "fit/fit.h"
#include "stage_options.h"

namespace closet {

/// The command line of `closet fit`: the stages' options and what belongs to the command itself.
struct FitCommandOptions {
    FitOptions fit;
    std::vector<std::string> inputs;  ///< files, folders or URLs
    std::string garment;              ///< picture file; empty: nothing is put on
    std::string output;               ///< file, or folder where there are several inputs
    std::string matte;                ///< file or folder like `output`; empty: none
    std::string summary;              ///< JSON file; empty: none
    std::string config;               ///< read by config_file.h before the flags
    PeopleSettings people;            ///< unset: the largest person, or all that a pose file holds
    bool overwrite = false;           ///< -y
    bool keep = false;                ///< -n: an existing output is skipped
    bool quiet = false;
    bool json = false;
    bool dry_run = false;
};

/// Adds every flag to `app`, with its default, unit and environment variable.
void add_fit_options(CLI::App& app, FitCommandOptions& options);

/// Turns what CLI11 cannot store directly into the stages' options, and checks combinations. Throws
/// ConfigError naming the flag. Call after parsing.
void resolve_fit_options(FitCommandOptions& options);

}  // namespace closet
