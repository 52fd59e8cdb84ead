#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/garment.h"

namespace closet {

struct PrepareOptions {
    /// A picture of the photo's size that is bright where the garment is (its alpha channel, where
    /// it has one), for photos whose ground is not plain; empty: found from the plain ground.
    std::filesystem::path mask;
};

/// A garment and how far it can be trusted.
struct Prepared {
    Garment garment;
    /// The picture had no transparency: it was cut out of its ground and the inside of its back
    /// collar removed.
    bool from_photo = false;
    /// The anchors come from the JSON file beside the picture.
    bool from_json = false;
    /// 0..1: of the anchors that were found (FoundAnchors); 1 for those of a JSON file.
    float confidence = 1;
    /// What deserves a look, each as a sentence without a full stop for a user.
    std::vector<std::string> warnings;
};

/// Makes a garment of a picture, as load_garment describes it; warnings are returned, not logged.
/// Throws MediaError and ConfigError as load_garment does, and ConfigError for a mask of another
/// size, with nothing in it, or for a picture that is transparent already.
Prepared prepare_garment(const std::filesystem::path& path, const PrepareOptions& options = {});

}  // namespace closet
