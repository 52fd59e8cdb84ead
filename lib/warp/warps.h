#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/garment.h"
#include "warp/garment_warp.h"

namespace closet {

/// What the warps have in common. Each keeps its own constants in its own header.
struct GarmentWarpOptions {
    float min_score = 0.3F;  ///< 0..1, keypoints with a lower score are not relied on
    bool tuck = false;       ///< cut the garment at the waist, as if tucked in (mesh only)
};

/// One line of the list: how a warp is called, what it does, how it is made.
struct WarpEntry {
    std::string_view name;
    std::string_view description;  ///< one line, for help texts
    std::unique_ptr<GarmentWarp> (*make)(std::shared_ptr<const Garment>, const GarmentWarpOptions&);
    bool uses_shape = false;  ///< looks at Pose::shape: somebody has to measure it
};

/// All warps, in the order in which help shows them.
std::span<const WarpEntry> warps();

/// The line of the warp called `name`. Throws ConfigError, which lists the names.
const WarpEntry& find_warp(std::string_view name);

/// The warp called `name` for a garment. Throws as `find_warp` does.
std::unique_ptr<GarmentWarp> make_warp(std::string_view name,
                                       std::shared_ptr<const Garment> garment,
                                       const GarmentWarpOptions& options = {});

}  // namespace closet
