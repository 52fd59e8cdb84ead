#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/garment.h"
#include "fit/fit.h"

namespace closet {

/// The options of `closet fit` under another command, which takes lists of values where `fit` takes
/// one and hands single values to `fit`'s own parser: nothing about an option is said twice.
class FitSettings {
  public:
    /// Adds those of `fit`'s options that say how a clip is rendered to `app`, with their help and
    /// group: no input, output or reporting. Every value is taken as text.
    void add_to(CLI::App& app);

    /// What was given, in the order of `fit`'s help: option name without dashes, and all its
    /// values, which for a flag are "true" or "false". Call after parsing.
    std::vector<std::pair<std::string, std::vector<std::string>>> given() const;

  private:
    std::vector<std::pair<std::string, CLI::Option*>> options_;  ///< the app's
};

/// What one rendering is told: the options of the stages and the garments.
struct FitSetting {
    FitOptions fit;
    OutfitChoice garments;  ///< empty: nothing is put on
    std::string cutter;
};

/// Reads settings as `closet fit --name value ...` would, later ones winning. Throws ConfigError
/// naming the flag, as `fit` does.
FitSetting parse_fit_settings(const std::vector<std::pair<std::string, std::string>>& settings);

/// Every setting of a rendering after `settings`, given or default, as text.
std::vector<std::pair<std::string, std::string>> all_fit_settings(
    const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace closet
