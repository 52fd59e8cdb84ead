#include "fit/garment_photo.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "infer/cutter/cutter.h"

namespace closet {
namespace {

/// A network as what cut_out takes.
GarmentFinder finder_of(std::shared_ptr<const Cutter> cutter) {
    return {.name = cutter->name(), .side = cutter->side(), .find = [cutter](const cv::Mat& rgb) {
                return cutter->alpha(rgb);
            }};
}

}  // namespace

Option cutter_option(std::string& cutter) {
    std::string names;
    for (const CutterEntry& entry : cutters()) {
        names += fmt::format("{}, ", entry.name);
    }
    return {.names = flags::kCutter,
            .group = "Garment",
            .help = fmt::format(
                "what finds the garment in a photo: plain (by the photo's plain ground), {}a "
                "network's file, or auto: plain, and where that does not serve the best network "
                "that is fetched",
                names),
            .value = &cutter,
            .placeholder = "NAME"};
}

PrepareOptions cut_out_by(std::string_view cutter) {
    PrepareOptions options;
    options.finder_remedy = fmt::format(
        "or fetch a network that cuts garments out of any ground: closet models fetch {}",
        cutters().front().name);
    if (cutter == "plain") {
        options.cutting = Cutting::kPlain;
    } else if (cutter == kAutoCutter) {
        options.cutting = Cutting::kAuto;
        options.finder = []() -> std::optional<GarmentFinder> {
            auto best = make_best_cutter();
            return best ? std::optional(finder_of(std::move(best))) : std::nullopt;
        };
    } else {
        options.cutting = Cutting::kFinder;
        options.finder = [network = std::shared_ptr<const Cutter>(make_cutter(cutter))] {
            return std::optional(finder_of(network));
        };
    }
    return options;
}

std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path,
                                            std::string_view cutter) {
    return load_garment(path, cut_out_by(cutter));
}

}  // namespace closet
