#include "fit/garment_photo.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/log.h"
#include "fit/garment_pointing.h"
#include "fit/kept_garment.h"
#include "fit/worn_garment.h"
#include "infer/cutter/cutter.h"
#include "infer/cutter/pointed_cutter.h"

namespace closet {
namespace {

/// A network as what cut_out takes.
GarmentFinder finder_of(const std::shared_ptr<const Cutter>& cutter) {
    return {.name = cutter->name(), .side = cutter->side(), .find = [cutter](const cv::Mat& rgb) {
                return cutter->alpha(rgb);
            }};
}

Prepared prepare(const GarmentChoice& choice, std::string_view cutter, const InferOptions& infer) {
    PrepareOptions options = cut_out_by(cutter);
    options.kind = choice.kind;
    try {
        return prepare_garment(choice.path, options);
    } catch (const ConfigError&) {
        // Looking for people takes a second: only where the photo is no good by itself.
        auto worn = cutter == kAutoCutter ? cut_out_worn(choice.path, infer, Asked::kNo)
                                          : std::optional<WornCutting>();
        if (!worn) {
            throw;
        }
        worn->options.kind = choice.kind;
        Prepared prepared = prepare_garment(choice.path, worn->options);
        worn->warnings.insert(
            worn->warnings.begin(),
            fmt::format("a person wears it in the photo; {} takes it off them", worn->parser));
        prepared.warnings.insert(prepared.warnings.begin(), worn->warnings.begin(),
                                 worn->warnings.end());
        return prepared;
    }
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
    options.worn_remedy = fmt::format(
        "or take it off them with {} of that command, once `closet models fetch parser` has "
        "brought "
        "what tells clothes apart",
        flags::kParser);
    if (cutter == kPointedCutter) {
        throw ConfigError(
            fmt::format("{} {} must be told where the garment is: closet garment prepare takes {} "
                        "X,Y and {} X,Y,W,H",
                        flags::kCutter, cutter, flags::kPoint, flags::kBox));
    }
    if (cutter == "plain") {
        options.cutting = Cutting::kPlain;
    } else if (cutter == kAutoCutter) {
        options.cutting = Cutting::kAuto;
        options.finder = []() -> std::optional<GarmentFinder> {
            auto best = make_best_cutter();
            return best ? std::optional(finder_of(std::shared_ptr<const Cutter>(std::move(best))))
                        : std::nullopt;
        };
    } else {
        options.cutting = Cutting::kFinder;
        options.finder = [network = std::shared_ptr<const Cutter>(make_cutter(cutter))] {
            return std::optional(finder_of(network));
        };
    }
    return options;
}

std::shared_ptr<const Garment> load_garment(const GarmentChoice& choice, std::string_view cutter,
                                            const InferOptions& infer, bool cached) {
    std::error_code unreadable;  // which preparing it will say
    const std::string key = cached && std::filesystem::is_regular_file(choice.path, unreadable)
                                ? kept_garment_key(choice, cutter, infer)
                                : std::string();
    std::optional<Prepared> kept = key.empty() ? std::nullopt : find_kept_garment(key);
    const bool is_kept = kept.has_value();
    Prepared prepared = is_kept ? *std::move(kept) : prepare(choice, cutter, infer);
    if (is_kept) {
        prepared.garment.name = std::filesystem::path(choice.path).stem().string();
    } else if (!key.empty() && prepared.from_photo) {
        keep_garment(key, prepared);
    }
    for (const std::string& warning : prepared.warnings) {
        log::warning("the garment {}: {}", choice.path, warning);
    }
    return std::make_shared<const Garment>(std::move(prepared.garment));
}

Ensemble load_outfit(const OutfitChoice& choice, std::string_view cutter, const InferOptions& infer,
                     bool cached) {
    std::vector<std::shared_ptr<const Garment>> garments;
    for (const GarmentChoice& garment : choice) {
        garments.push_back(load_garment(garment, cutter, infer, cached));
    }
    return Ensemble(std::move(garments));
}

}  // namespace closet
