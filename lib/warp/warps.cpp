#include "warp/warps.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "warp/affine/affine_warp.h"
#include "warp/learned/learned_warp.h"
#include "warp/mesh/mesh_warp.h"

namespace closet {
namespace {

template <class W>
std::unique_ptr<GarmentWarp> make(std::shared_ptr<const Garment> garment,
                                  const GarmentWarpOptions& options) {
    return std::make_unique<W>(std::move(garment), options);
}

constexpr std::array kWarps{
    WarpEntry{"affine", "one flat sheet from three points: both shoulders and a point below them",
              &make<AffineWarp>},
    WarpEntry{"mesh", "torso and sleeves that bend with the body and follow its outline",
              &make<MeshWarp>, true},
    WarpEntry{"gmm", "a top bent as CP-VTON's matching network says (closet fit, needs a parser)",
              &make<LearnedWarp>, true, true},
    WarpEntry{"cp-vton", "the same, and painted by its try-on network", &make<LearnedWarp>, true,
              true},
    WarpEntry{"viton-hd", "a top painted by VITON-HD's networks; minutes a picture on a processor",
              &make<LearnedWarp>, true, true},
};

}  // namespace

std::vector<Option> options_of(GarmentWarpOptions& o) {
    return {{.names = flags::kTuck,
             .group = "Garment",
             .help = "yes: tops end at the waist, as if tucked in; no: they hang over it; auto: as "
                     "the person's own top where a parser sees it (mesh)",
             .value = &o.tuck},
            {.names = flags::kTryOnModels,
             .group = "Garment",
             .help = "folder with gmm_final and tom_final of CP-VTON, or seg_final, gmm_final and "
                     "alias_final of VITON-HD (.pth or .safetensors; default: cp-vton or viton-hd "
                     "in the models folder)",
             .value = &o.try_on_models,
             .placeholder = "DIR"}};
}

double tucked(const GarmentWarpOptions& options, const Wearer& wearer) {
    if (options.tuck == tuck::kAuto) {
        return wearer.own ? wearer.own->shows : 0.0;
    }
    return options.tuck == tuck::kYes ? 1.0 : 0.0;
}

std::span<const WarpEntry> warps() {
    return kWarps;
}

const WarpEntry& find_warp(std::string_view name) {
    std::vector<std::string_view> names;
    for (const WarpEntry& entry : kWarps) {
        if (entry.name == name) {
            return entry;
        }
        names.push_back(entry.name);
    }
    throw ConfigError(
        fmt::format("unknown warp '{}': choose one of {}", name, fmt::join(names, ", ")));
}

std::unique_ptr<GarmentWarp> make_warp(std::string_view name,
                                       std::shared_ptr<const Garment> garment,
                                       const GarmentWarpOptions& options) {
    return find_warp(name).make(std::move(garment), options);
}

}  // namespace closet
