#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/garment.h"
#include "core/option.h"
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

/// The garment of a file, see warp/garment/garment_file.h, a photo cut out by `cutter`; warnings
/// are logged. Throws as cut_out_by and prepare_garment do; transparent pictures need no network.
std::shared_ptr<const Garment> load_garment(const std::filesystem::path& path,
                                            std::string_view cutter);

}  // namespace closet
