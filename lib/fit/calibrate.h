#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infer/infer_options.h"

namespace closet {

/// What a calibration measured of a network.
struct CalibratedNetwork {
    std::string name;  ///< its file
    int pictures = 0;
};

/// Reads people in `clips`, five views a second, with the pose network and the detector that
/// `options` name, in float32 on the CPU, and writes between which numbers the values of these
/// networks lay into the user's table (own_ranges_file()), in place of what it had of them.
/// `tick`, called once a view, ends it where it is false: then nothing is written and nothing
/// returned. Throws MediaError, ModelError or ConfigError; ModelError where nobody is seen.
std::optional<std::vector<CalibratedNetwork>> calibrate(const std::vector<std::string>& clips,
                                                        InferOptions options,
                                                        const std::function<bool()>& tick = {});

}  // namespace closet
