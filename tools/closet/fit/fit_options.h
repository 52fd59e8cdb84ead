#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "closet/fit/inputs.h"
#include "closet/wearer_options.h"
#include "core/option.h"
#include "fit/fit.h"
#include "fit/garment_options.h"

namespace closet {

/// The command line of `closet fit`: the stages' options and what belongs to the command itself.
struct FitCommandOptions {
    FitOptions fit;
    JobRequest request;       ///< inputs and outputs
    GarmentOptions garments;  ///< worn together
    std::string summary;      ///< JSON file; empty: none
    std::string config;       ///< read by config_file.h before the flags
    WearerOptions people;     ///< unset: the largest person, or all that a pose file holds
    std::size_t jobs = 1;     ///< clips at a time; 0: as many as suit the machine
    bool overwrite = false;   ///< -y
    bool keep = false;        ///< -n: an existing output is skipped
    bool quiet = false;
    bool json = false;
    bool dry_run = false;
};

/// All but the input, in the order of the help.
std::vector<Option> options_of(FitCommandOptions& options);

/// Adds the input and `options_of(options)` to `app`.
void add_fit_options(CLI::App& app, FitCommandOptions& options);

/// The files that change what is painted, beside the clip.
std::vector<NamedFile> files_read(const FitCommandOptions& options, const OutfitChoice& outfit);

/// Turns what the options alone do not tell into the stages' options, and checks combinations.
/// Throws ConfigError naming the flag. Call after parsing.
void resolve_fit_options(FitCommandOptions& options);

}  // namespace closet
