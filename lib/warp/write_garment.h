#pragma once

#include <filesystem>

#include <opencv2/core/mat.hpp>

#include "core/garment.h"

namespace closet {

/// The anchors file that belongs to a garment's picture.
std::filesystem::path anchors_file_of(const std::filesystem::path& picture);

/// Writes a garment as `picture` (PNG, R G B A) with its anchors file beside it. Both are written
/// aside and renamed, so what was there stays whole until the new one is. Throws MediaError.
void write_garment(const Garment& garment, const std::filesystem::path& picture);

/// Writes a picture (CV_8UC3, R G B) in the format of the path's ending, in the same way.
void write_picture(const cv::Mat& rgb, const std::filesystem::path& path);

}  // namespace closet
