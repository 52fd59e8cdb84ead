#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/garment.h"
#include "infer/infer_options.h"
#include "warp/garment/garment_file.h"

namespace closet {

// Note [Kept garments]
// To cut a garment out of a photo takes a second, or several where a network does it, and the same
// photo is given again and again. What was made of it is kept in the cache folder, `garments/`,
// under a hash of all that it depends on. Whatever changes the hash makes it anew, and so does
// whatever is wrong with a file: the cache is from outside too.

/// The most that are kept; those that were used last stay.
inline constexpr std::size_t kMostKeptGarments = 32;
inline constexpr std::uintmax_t kMostKeptBytes = 256'000'000;

/// A name (hex digits) that changes with the photo's bytes, what is asked for, the models that are
/// there and this very program. Throws Error where the photo cannot be read.
std::string kept_garment_key(const GarmentChoice& choice, std::string_view cutter,
                             const InferOptions& infer);

/// What was kept under a key: garment, warnings, `from_photo`. Nothing where there is none, or it
/// is damaged, which the log says to who looks for faults.
std::optional<Prepared> find_kept_garment(const std::string& key);

/// Keeps what was made of a photo. Where that cannot be written, nothing is kept.
void keep_garment(const std::string& key, const Prepared& prepared);

/// For `closet doctor`.
struct KeptGarments {
    std::filesystem::path folder;  ///< empty where there is no folder for caches
    std::size_t count = 0;
    std::uintmax_t bytes = 0;
};
KeptGarments kept_garments();

}  // namespace closet
