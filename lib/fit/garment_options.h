#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/garment.h"
#include "core/option.h"
#include "fit/garment_photo.h"
#include "fit/wardrobe.h"
#include "infer/infer_options.h"

namespace closet::flags {
inline constexpr const char* kGarment = "-g,--garment";
}  // namespace closet::flags

namespace closet {

/// What is put on, as the command line has it.
struct GarmentOptions {
    std::vector<std::string> garments;  ///< of each -g: a file, or several joined by "+"
    std::vector<std::string> kinds;     ///< of all these files in order, joined alike; empty: auto
    std::string cutter = kAutoCutter;   ///< of photos
    bool cached = true;                 ///< what was cut out of photos is kept and taken again
    std::string clip = kDefaultClip;    ///< finds the garment that FOLDER/:WORDS means
};

/// `garments_help`: what -g takes and what several mean.
std::vector<Option> options_of(GarmentOptions& options, const std::string& garments_help);

/// Puts a file in place of each FOLDER/:WORDS, which is the picture of that folder that fits the
/// words best, and says so in the log. What exists under such a name stays as it is. The network,
/// on the device of `infer`, is loaded only where there are such words. Throws as outfits_of,
/// search_wardrobe and ClipEmbedder do.
void choose_garments(GarmentOptions& options, const InferOptions& infer);

/// The outfit of each -g. A "+" in the name of a file or folder that exists joins nothing: of all
/// ways to read a text the one with the longest such names, from the left, holds. Throws
/// ConfigError for an empty name, a kind that is unknown, and for kinds that are not as many as
/// garments.
std::vector<OutfitChoice> outfits_of(const GarmentOptions& options);

/// The kind that a name of --kind says; nothing for "auto". Throws ConfigError for an unknown one.
std::optional<GarmentKind> kind_of(const std::string& name);

/// All of them as one.
OutfitChoice outfit_of(const GarmentOptions& options);

/// The texts of a repeated option as one that says the same.
std::string joined(const std::vector<std::string>& texts);

}  // namespace closet
