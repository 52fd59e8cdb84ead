#pragma once

#include <filesystem>

#include <opencv2/core/mat.hpp>

namespace closet {

/// Reads a picture of a garment, or of its mask: PNG, JPEG, WebP or TIFF, 8 or 16 bit, color or
/// gray, turned upright by its EXIF orientation and converted to sRGB by its ICC profile (without
/// one it is sRGB already). Returns CV_8UC4 (R G B A, straight) where the file has an alpha
/// channel, else CV_8UC3 (R G B).
///
/// Throws MediaError for a file that cannot be read or promises more than kMaxGarmentPixels or
/// kMaxGarmentFileBytes; nothing of that size is allocated before.
cv::Mat read_garment_picture(const std::filesystem::path& path);

}  // namespace closet
