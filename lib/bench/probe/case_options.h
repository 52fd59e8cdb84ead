#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/result/result.h"
#include "fit/fit.h"

namespace closet::bench {

/// What the settings of a case come to.
struct CaseOptions {
    FitOptions fit;
    std::string garment;  ///< file; empty: nothing is put on
};

/// Reads settings as the command line of `closet fit` would, later ones winning. Throws ConfigError
/// naming the flag.
using ResolveCase = std::function<CaseOptions(const std::vector<Setting>&)>;

/// What all cases of a sweep have in common, and what the measured time contains besides inference
/// and painting.
struct ProbeOptions {
    std::string clip;
    std::vector<Setting> base;    ///< settings of every case, before those of the case itself
    bool include_decode = false;  ///< decode the file in every pass, instead of once into memory
    bool include_encode = false;  ///< encode into a file that is removed, instead of dropping
    std::optional<std::int64_t> max_frames;          ///< the clip ends after that many
    std::int64_t max_bytes = std::int64_t{2} << 30;  ///< of frames held in memory
};

/// Parses "decode,encode", either of them or nothing, for `--include`. Throws ConfigError.
void include_parts(const std::string& list, ProbeOptions& options);

/// What `Sample::wall_s` holds, as sentences for `Context::contains`. `fit`: of the base settings.
std::string describe_contents(const ProbeOptions& options, const FitOptions& fit);

}  // namespace closet::bench
