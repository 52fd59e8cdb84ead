#include "warp/warps.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "warp/affine/affine_warp.h"
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
};

}  // namespace

std::vector<Option> options_of(GarmentWarpOptions& o) {
    return {{.names = flags::kTuck,
             .group = "Garment",
             .help = "yes: tops end at the waist, as if tucked in; no: they hang over it; auto: as "
                     "the person's own top where a parser sees it (mesh)",
             .value = &o.tuck}};
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
