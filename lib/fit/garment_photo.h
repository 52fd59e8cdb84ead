#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/ensemble.h"
#include "core/garment.h"
#include "core/option.h"
#include "infer/infer_options.h"
#include "warp/garment/garment_file.h"

namespace closet::flags {
inline constexpr const char* kCutter = "--cutter";
}  // namespace closet::flags

namespace closet {

/// What cuts garments out of photos where nothing was said.
inline constexpr const char* kAutoCutter = "auto";

/// What cuts garments out of photos: `plain`, a name of cutters(), a network's file, or `auto`.
Option cutter_option(std::string& cutter);

/// How a photo is cut out by what `cutter` names. A network is loaded here where it is named, with
/// `auto` where a photo needs one. Throws ConfigError for an unknown name, ModelError where the
/// network is missing.
PrepareOptions cut_out_by(std::string_view cutter);

/// The garment of a file, see warp/garment/garment_file.h, a photo cut out by `cutter`; with `auto`
/// it is taken off a person who wears it in the photo by the parser of `infer`, where there is one.
/// Warnings are logged. With `cached` what was made of the same photo before is taken, and what is
/// made now is kept (Note [Kept garments]). Throws as cut_out_by, prepare_garment and cut_out_worn
/// do; transparent pictures need no network.
std::shared_ptr<const Garment> load_garment(const GarmentChoice& choice, std::string_view cutter,
                                            const InferOptions& infer, bool cached);

/// The same of each of `choice`; nothing is worn where that is empty. Throws as Ensemble, too.
Ensemble load_outfit(const OutfitChoice& choice, std::string_view cutter, const InferOptions& infer,
                     bool cached);

}  // namespace closet
