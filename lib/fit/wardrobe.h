#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/option.h"
#include "infer/clip/clip_embedder.h"
#include "infer/infer_options.h"

namespace closet::flags {
inline constexpr const char* kClipModel = "--clip-model";
}  // namespace closet::flags

namespace closet {

/// What finds garments where nothing was said: a name of the store.
inline constexpr const char* kDefaultClip = "clip";

Option clip_option(std::string& model);

/// What garment is meant: by words, by a picture of one like it, or both.
struct GarmentQuery {
    std::string text;
    std::filesystem::path like;
};

/// A picture of a wardrobe and how well it fits: the cosine between its embedding and the query's,
/// of two the mean.
struct GarmentMatch {
    std::filesystem::path file;
    float score = 0;
};

struct WardrobeSearch {
    std::vector<GarmentMatch> matches;  ///< all that can be read, the best first
    std::size_t looked_at = 0;          ///< pictures that the network had to see; others were kept
    std::filesystem::path cache;        ///< where they are kept; empty: nowhere
    bool interrupted = false;           ///< `matches` are not all
};

/// Called before pictures are looked at; false ends the search.
using WardrobeTick = std::function<bool(std::size_t done, std::size_t total)>;

/// Looks through the pictures of a folder (see garment_files). Those that cannot be read are left
/// out with a warning. Throws ConfigError for a query without anything, a folder that is none, is
/// empty or has no picture that can be read; MediaError for a picture `like` that cannot be read.
WardrobeSearch search_wardrobe(const std::filesystem::path& folder, const GarmentQuery& query,
                               const ClipEmbedder& clip, const WardrobeTick& tick = {});

}  // namespace closet
