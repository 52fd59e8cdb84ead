#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "closet/fit/fit_options.h"
#include "core/garment.h"
#include "fit/fit.h"

namespace closet {

/// What was given of each option, by its name without dashes.
using GivenSettings = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// The options of `closet fit` under another command, which takes lists of values where `fit` takes
/// one and hands single values to `fit`'s own parser: nothing about an option is said twice.
class FitSettings {
  public:
    /// Adds those of `fit`'s options that say how a clip is rendered to `app`, with their help and
    /// group: no input, output or reporting. Every value is taken as text.
    void add_to(CLI::App& app);

    /// What was given, in the order of `fit`'s help: option name without dashes, and all its
    /// values, which for a flag are "true" or "false". Call after parsing.
    GivenSettings given() const;

  private:
    std::vector<std::pair<std::string, CLI::Option*>> options_;  ///< the app's
};

/// With the garments' files in place of FOLDER/:WORDS: who renders later does not search again.
/// Throws as choose_garments does.
GivenSettings with_chosen_garments(GivenSettings given);

/// What one rendering is told: the options of the stages and the garments.
struct FitSetting {
    FitOptions fit;
    OutfitChoice garments;  ///< empty: nothing is put on
    std::string cutter;
};

/// Reads settings as `closet fit --name value ...` would, later ones winning. Throws ConfigError
/// naming the flag, as `fit` does.
FitSetting parse_fit_settings(const std::vector<std::pair<std::string, std::string>>& settings);

/// The whole command line that they are, with FitOptions::unit_settings. `later`: settings that win
/// over these, and that frames do not depend on. Throws likewise.
FitCommandOptions parse_fit_command(
    std::vector<std::pair<std::string, std::string>> settings,
    const std::vector<std::pair<std::string, std::string>>& later = {});

/// Every setting of a rendering after `settings`, given or default, as text.
std::vector<std::pair<std::string, std::string>> all_fit_settings(
    const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace closet
