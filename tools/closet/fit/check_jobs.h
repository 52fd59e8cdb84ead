#pragma once

#include <vector>

#include "closet/fit/fit_options.h"
#include "closet/fit/inputs.h"
#include "core/garment.h"

namespace closet {

/// Throws where the run would write two files into one, or over one that it reads.
void check_files(const FitCommandOptions& options, const OutfitChoice& outfit,
                 const std::vector<Job>& jobs);

/// Throws ConfigError where a clip would stay as it is, or settings are those of one clip.
void check_work(const FitCommandOptions& options, const OutfitChoice& outfit,
                const std::vector<Job>& jobs);

}  // namespace closet
