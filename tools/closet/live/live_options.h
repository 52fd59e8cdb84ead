#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "closet/wearer_options.h"
#include "fit/garment_options.h"
#include "live/live_options.h"

namespace closet {

/// The command line of `closet live`: the run's options and what belongs to the command itself.
struct LiveCommandOptions {
    LiveOptions live;
    WearerOptions people;
    GarmentOptions garments;  ///< each -g a look of its own, with files and folders
    bool window = true;
    std::string folder = ".";  ///< for pictures and recordings
    std::optional<double> duration_s;
    std::string stats;    ///< JSON lines, one a second; empty: none
    std::string summary;  ///< JSON; empty: none
    std::string config;   ///< read by config_file.h before the flags
    bool list_cameras = false;
    bool overwrite = false;
    bool quiet = false;
    bool json = false;
    bool dry_run = false;
};

void add_live_options(CLI::App& app, LiveCommandOptions& options);

/// Turns what CLI11 cannot store directly into the run's options, and checks combinations. Throws
/// ConfigError naming the flag. Call after parsing.
void resolve_live_options(LiveCommandOptions& options);

}  // namespace closet
