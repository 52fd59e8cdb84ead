#pragma once

#include <filesystem>
#include <optional>

#include <opencv2/core.hpp>

#include "core/garment.h"

namespace closet {

/// The anchors file that belongs to a garment's picture.
std::filesystem::path anchors_file_of(const std::filesystem::path& picture);

/// A picture (CV_8UC3, R G B) and where it goes, in the format of the path's ending.
struct GarmentPreview {
    std::filesystem::path path;
    cv::Mat rgb;
};

/// Writes a garment as `picture` (PNG, R G B A) with its anchors file beside it, and a preview.
/// They get their names together, when all are complete (Note [New files]). Throws MediaError.
void write_garment(const Garment& garment, const std::filesystem::path& picture,
                   const std::optional<GarmentPreview>& preview = {});

}  // namespace closet
